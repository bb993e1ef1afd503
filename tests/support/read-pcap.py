"""Reads a classic pcap file of raw IP packets from standard input, as its format is published, and prints JSON."""

import ipaddress
import json
import struct
import sys


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


data = sys.stdin.buffer.read()
magic, major, minor, zone, sigfigs, snaplen, link = struct.unpack_from("<IHHiIII", data, 0)
assert (magic, major, minor, zone, sigfigs, link) == (0xA1B2C3D4, 2, 4, 0, 0, 101), "not this format"
packets = []
at = 24
while at < len(data):
    seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
    frame = data[at + 16 : at + 16 + kept]
    assert len(frame) == kept == length <= snaplen and micros < 1_000_000, "a torn record"
    at += 16 + kept
    if frame[0] >> 4 == 4:
        total, ttl, protocol = struct.unpack_from(">2xH4xBB", frame, 0)
        assert total == len(frame) and frame[0] & 15 == 5, "a wrong IPv4 length"
        assert ones_sum(frame[:20]) == 0xFFFF, "a wrong IPv4 checksum"
        source, target, udp = frame[12:16], frame[16:20], frame[20:]
    else:
        length6, protocol = struct.unpack_from(">4xHB", frame, 0)
        assert frame[0] >> 4 == 6 and length6 == len(frame) - 40, "a wrong IPv6 length"
        source, target, udp = frame[8:24], frame[24:40], frame[40:]
    assert protocol == 17, "not UDP"
    from_port, to_port, udp_length, check = struct.unpack_from(">HHHH", udp, 0)
    assert udp_length == len(udp) and check != 0, "a wrong UDP length"
    pseudo = source + target + struct.pack(">IxxxB", udp_length, protocol)
    assert ones_sum(pseudo + udp) == 0xFFFF, "a wrong UDP checksum"
    packets.append(
        {
            "atMicros": seconds * 1_000_000 + micros,
            "from": f"{ipaddress.ip_address(source)} {from_port}",
            "to": f"{ipaddress.ip_address(target)} {to_port}",
            "payload": udp[8:].hex(),
        }
    )
json.dump(packets, sys.stdout)
