import koffi from "koffi";
import {
  type AddressFamily,
  AF_INET,
  AF_INET6,
  SOCKADDR_BYTES,
  SOCKADDR_STRIDE,
  socketPort,
  writeSocketAddress,
} from "./socket-address.ts";

/**
 * The system calls of UDP on Linux, through koffi. Memory is named by numbers: an address is a double, which holds every
 * one of user space exactly, and no object is made for a call.
 */

/** A call into the C library; pointers and sizes are numbers. */
type SystemCall = (...values: number[]) => number;

/** The program's own C library, whichever it is: glibc and musl alike. */
const library = koffi.load(null);

const socket: SystemCall = library.func("socket", "int", ["int", "int", "int"]);
const bind: SystemCall = library.func("bind", "int", ["int", "uintptr_t", "uint32"]);
const getsockname: SystemCall = library.func("getsockname", "int", [
  "int",
  "uintptr_t",
  "uintptr_t",
]);
const setsockopt: SystemCall = library.func("setsockopt", "int", [
  "int",
  "int",
  "int",
  "uintptr_t",
  "uint32",
]);
const epollCreate: SystemCall = library.func("epoll_create1", "int", ["int"]);
const epollControl: SystemCall = library.func("epoll_ctl", "int", [
  "int",
  "int",
  "int",
  "uintptr_t",
]);

/** fd; 0, or -1. */
export const close: SystemCall = library.func("close", "int", ["int"]);
/** fd, data, bytes, flags, source, its length; bytes of the packet, even those that had no room, or -1. */
export const receiveFrom: SystemCall = library.func("recvfrom", "int", [
  "int",
  "uintptr_t",
  "size_t",
  "int",
  "uintptr_t",
  "uintptr_t",
]);
/** fd, data, bytes, flags, target, its length; bytes sent, or -1. */
export const sendTo: SystemCall = library.func("sendto", "int", [
  "int",
  "uintptr_t",
  "size_t",
  "int",
  "uintptr_t",
  "uint32",
]);
/** epoll fd, events, how many have room, milliseconds; events, or -1. */
export const epollWait: SystemCall = library.func("epoll_wait", "int", [
  "int",
  "uintptr_t",
  "int",
  "int",
]);

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_TOS = 1;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const EPOLL_CLOEXEC = SOCK_CLOEXEC;
const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;

/** recvfrom(2): the length that the packet has, not what of it had room. */
export const MSG_TRUNC = 0x20;
/** RFC 3246 §2.7: expedited forwarding, 46, in the upper six bits of the octet (RFC 2474 §3). */
const EXPEDITED_FORWARDING = 46 << 2;

/** epoll_ctl(2): the structure is packed on this one processor. */
export const EPOLL_EVENT_BYTES = process.arch === "x64" ? 12 : 16;
/** Where the 32 bits are that came with the descriptor. */
export const EPOLL_TAG_OFFSET = process.arch === "x64" ? 4 : 8;

/** Where this page's structures are known to be as it has them. */
export const isSupported =
  process.platform === "linux" && ["x64", "arm64", "riscv64"].includes(process.arch);

/** Memory of ours that the system writes to: outside the heap, so that it does not move, and kept by whoever holds this. */
export class SystemMemory {
  readonly view: DataView;
  readonly address: number;

  constructor(memory: ArrayBuffer) {
    this.view = new DataView(memory);
    this.address = Number(koffi.address(memory));
  }
}

/** Of the last call that returned -1, as the system names it: `EAGAIN`. */
function lastError(): string {
  const number = koffi.errno();
  const found = Object.entries(koffi.os.errno).find(([, value]) => value === number);
  return found?.[0] ?? `errno ${number}`;
}

/** Whether the last call that returned -1 merely found nothing. */
export function foundNothing(): boolean {
  const number = koffi.errno();
  return number === EAGAIN || number === EINTR;
}

const { EAGAIN = 11, EINTR = 4 } = koffi.os.errno;

const scratch = new SystemMemory(new ArrayBuffer(2 * SOCKADDR_STRIDE));
const LENGTH_OFFSET = SOCKADDR_STRIDE;

export interface UdpSocket {
  readonly fd: number;
  readonly family: AddressFamily;
  readonly port: number;
}

/** A socket that does not block and that no child inherits, or the error's name. */
export function openUdpSocket(address: string, port: number): UdpSocket | string {
  const family = address.includes(":") ? AF_INET6 : AF_INET;
  const { view, address: memory } = scratch;
  if (!writeSocketAddress(view, 0, family, address, port)) return "EINVAL";
  const fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return lastError();
  const length = SOCKADDR_BYTES[family];
  // Where the kernel will not mark packets, they go unmarked.
  setOption(fd, IPPROTO_IP, IP_TOS, EXPEDITED_FORWARDING);
  if (family === AF_INET6) {
    setOption(fd, IPPROTO_IPV6, IPV6_TCLASS, EXPEDITED_FORWARDING);
    setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  }
  if (bind(fd, memory, length) < 0) {
    const error = lastError();
    close(fd);
    return error;
  }
  view.setUint32(LENGTH_OFFSET, length, true);
  getsockname(fd, memory, memory + LENGTH_OFFSET);
  return { fd, family, port: socketPort(view, 0) };
}

function setOption(fd: number, level: number, option: number, value: number): void {
  scratch.view.setInt32(LENGTH_OFFSET, value, true);
  setsockopt(fd, level, option, scratch.address + LENGTH_OFFSET, 4);
}

/** @throws Error when the process has no descriptor left */
export function openEpoll(): number {
  const epoll = epollCreate(EPOLL_CLOEXEC);
  if (epoll < 0) throw new Error(`epoll_create1: ${lastError()}`);
  return epoll;
}

/** Null, or the error's name. */
export function watch(epoll: number, fd: number, tag: number): string | null {
  const { view, address } = scratch;
  view.setUint32(LENGTH_OFFSET, EPOLLIN, true);
  view.setUint32(LENGTH_OFFSET + EPOLL_TAG_OFFSET, tag, true);
  const isWatched = epollControl(epoll, EPOLL_CTL_ADD, fd, address + LENGTH_OFFSET) === 0;
  return isWatched ? null : lastError();
}

export function unwatch(epoll: number, fd: number): void {
  epollControl(epoll, EPOLL_CTL_DEL, fd, 0);
}

/** Calls back whenever something can be read of the descriptor, outside any scope of Node's: see `Readiness`. */
export function createReadiness(fd: number, onReadable: () => void): Readiness {
  // koffi passes a closed handle on to libuv as a null pointer, which ends the process: a closed one is asked nothing.
  let handle: ReturnType<typeof koffi.node.poll> | null = koffi.node.poll(
    fd,
    { readable: true },
    onReadable,
  );
  handle.stop();
  handle.unref();
  return {
    arm: () => handle?.start({ readable: true }, onReadable),
    disarm: () => handle?.stop(),
    ref: () => handle?.ref(),
    unref: () => handle?.unref(),
    close() {
      handle?.close();
      handle = null;
    },
  };
}

/**
 * A descriptor watched by Node's own event loop. koffi calls back plainly: neither microtasks nor process.nextTick run after
 * the callback, and nobody catches what it throws. So it should do no more than set an immediate, which runs in the same
 * turn of the loop. A closed one does nothing, whatever it is asked.
 */
export interface Readiness {
  arm(): void;
  disarm(): void;
  ref(): void;
  unref(): void;
  close(): void;
}
