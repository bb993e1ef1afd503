/** SHA-1 (FIPS 180-4 §6.1.2) over whole blocks. The message schedule is a ring of 16 words in registers' reach. */

/** 16 words of the message schedule. */
const schedule: usize = memory.data(64);

function rotl5(x: u32): u32 {
  return rotl<u32>(x, 5);
}

/** Runs `count` blocks of 64 bytes into the five words of `state`, which are in the order of the host. */
export function sha1Blocks(state: usize, data: usize, count: i32): void {
  let h0 = load<u32>(state);
  let h1 = load<u32>(state, 4);
  let h2 = load<u32>(state, 8);
  let h3 = load<u32>(state, 12);
  let h4 = load<u32>(state, 16);
  for (let end = data + ((count as usize) << 6); data < end; data += 64) {
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
    for (let t = 0; t < 80; t++) {
      const at = schedule + (((t & 15) as usize) << 2);
      let w: u32;
      if (t < 16) {
        w = bswap<u32>(load<u32>(data + ((t as usize) << 2)));
      } else {
        w = rotl<u32>(
          load<u32>(at) ^
            load<u32>(schedule + ((((t + 2) & 15) as usize) << 2)) ^
            load<u32>(schedule + ((((t + 8) & 15) as usize) << 2)) ^
            load<u32>(schedule + ((((t + 13) & 15) as usize) << 2)),
          1,
        );
      }
      store<u32>(at, w);
      let f: u32;
      if (t < 20) f = (d ^ (b & (c ^ d))) + 0x5a827999;
      else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
      else if (t < 60) f = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
      else f = (b ^ c ^ d) + 0xca62c1d6;
      const next = rotl5(a) + f + e + w;
      e = d;
      d = c;
      c = rotl<u32>(b, 30);
      b = a;
      a = next;
    }
    h0 += a;
    h1 += b;
    h2 += c;
    h3 += d;
    h4 += e;
  }
  store<u32>(state, h0);
  store<u32>(state, h1, 4);
  store<u32>(state, h2, 8);
  store<u32>(state, h3, 12);
  store<u32>(state, h4, 16);
}
