/** Up to four packets that are worked on together: their messages in the lanes of SHA-1, their last blocks in those of AES. */
import {
  addMixed,
  beginMixed,
  counterBlocks,
  encryptMixed,
  mixedBlock,
  SLICED_KEY_BYTES,
  sliceKey,
} from "./aes";
import { firstOctets } from "./ghash";
import { sha1Block4, sha1Blocks } from "./sha1";

export const LANES: i32 = 4;

const CONTEXT: usize = 0;
const PACKET: usize = 4;
const TEXT: usize = 8;
const TEXT_END: usize = 12;
const SOURCE: usize = 16;
const SSRC: usize = 20;
const INDEX: usize = 24;
const ROUNDS: usize = 32;
const OUTCOME: usize = 36;
const IV: usize = 48;
const DIGEST: usize = 64;
const STREAM: usize = 96;
/** Blocks of key stream of the longest packet, whose number fits into an octet. */
const STREAM_BYTES: usize = 1664;
const KEY: usize = STREAM + STREAM_BYTES;
const LANE_BYTES: usize = KEY + SLICED_KEY_BYTES;
const lanes: usize = memory.data(4 * LANE_BYTES, 16);

/** What a lane holds; `text` is what is encrypted. */
export function laneAt(i: i32): usize {
  return lanes + (i as usize) * LANE_BYTES;
}

export function setLane(
  lane: usize,
  context: usize,
  packet: usize,
  text: i32,
  textEnd: i32,
  source: usize,
  ssrc: u32,
  index: i64,
): void {
  store<usize>(lane, context, CONTEXT);
  store<usize>(lane, packet, PACKET);
  store<i32>(lane, text, TEXT);
  store<i32>(lane, textEnd, TEXT_END);
  store<usize>(lane, source, SOURCE);
  store<u32>(lane, ssrc, SSRC);
  store<i64>(lane, index, INDEX);
  store<i32>(lane, 0, OUTCOME);
}

export function contextOf(lane: usize): usize {
  return load<usize>(lane, CONTEXT);
}

export function packetOf(lane: usize): usize {
  return load<usize>(lane, PACKET);
}

export function textOf(lane: usize): i32 {
  return load<i32>(lane, TEXT);
}

export function textEndOf(lane: usize): i32 {
  return load<i32>(lane, TEXT_END);
}

export function sourceOf(lane: usize): usize {
  return load<usize>(lane, SOURCE);
}

export function ssrcOf(lane: usize): u32 {
  return load<u32>(lane, SSRC);
}

export function laneIndex(lane: usize): i64 {
  return load<i64>(lane, INDEX);
}

export function setLaneIndex(lane: usize, index: i64): void {
  store<i64>(lane, index, INDEX);
}

export function outcomeOf(lane: usize): i32 {
  return load<i32>(lane, OUTCOME);
}

export function setOutcome(lane: usize, outcome: i32): void {
  store<i32>(lane, outcome, OUTCOME);
}

export function ivOf(lane: usize): usize {
  return lane + IV;
}

export function digestOf(lane: usize): usize {
  return lane + DIGEST;
}

export function streamOf(lane: usize): usize {
  return lane + STREAM;
}

/** Gives a lane the slices of an expanded key. */
export function setKey(lane: usize, expanded: usize, rounds: i32): void {
  sliceKey(expanded, rounds, lane + KEY);
  store<i32>(lane, rounds, ROUNDS);
}

/** XORs the key stream from block `first` on into the text. */
export function applyStream(lane: usize, first: i32): void {
  let stream = lane + STREAM + ((first as usize) << 4);
  const packet = packetOf(lane);
  let at = packet + (textOf(lane) as usize);
  const end = packet + (textEndOf(lane) as usize);
  for (; at + 16 <= end; at += 16) {
    v128.store(at, v128.xor(v128.load(at), v128.load(stream)));
    stream += 16;
  }
  if (at < end) {
    const mask = firstOctets((end - at) as i32);
    v128.store(at, v128.xor(v128.load(at), v128.and(v128.load(stream), mask)));
  }
}

function blocksOf(lane: usize, first: i32): i32 {
  return first + ((textEndOf(lane) - textOf(lane) + 15) >> 4);
}

/**
 * Key stream for the text of `count` lanes of one number of rounds, which have outcomes of 0: first the runs of eight blocks,
 * then what is left over of each, in common runs.
 *
 * @param first number of the block that the text begins with.
 */
export function makeStreams(count: i32, first: i32): void {
  let used = 0;
  let begun = 0;
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    if (outcomeOf(lane) !== 0) continue;
    const blocks = blocksOf(lane, first);
    const key = lane + KEY;
    const rounds = load<i32>(lane, ROUNDS);
    const left = blocks & 7;
    const whole = left > 4 || count === 1 ? blocks : blocks - left;
    for (let block = 0; block < whole; block += 8) {
      counterBlocks(key, rounds, lane + IV, block, lane + STREAM + ((block as usize) << 4));
    }
    if (whole === blocks) continue;
    if (used + left > 8) {
      finishMixed(begun, i, first);
      used = 0;
    }
    if (used === 0) {
      beginMixed(rounds);
      begun = i;
    }
    addMixed(key, lane + IV, whole, left);
    used += left;
  }
  if (used > 0) finishMixed(begun, count, first);
}

/** Encrypts the common run of the lanes from `begun` to before `end` and deals its blocks out. */
function finishMixed(begun: i32, end: i32, first: i32): void {
  encryptMixed();
  let from = 0;
  for (let i = begun; i < end; i++) {
    const lane = laneAt(i);
    if (outcomeOf(lane) !== 0) continue;
    const blocks = blocksOf(lane, first);
    const left = blocks & 7;
    if (left > 4) continue;
    for (let block = blocks - left; block < blocks; block++) {
      v128.store(lane + STREAM + ((block as usize) << 4), mixedBlock(from));
      from += 1;
    }
  }
}

/** States of HMAC: five vectors; addresses of blocks: four words; blocks that are left: four words. */
const states: usize = memory.data(80, 16);
const outerStates: usize = memory.data(80, 16);
const addresses: usize = memory.data(16, 16);
const blocksLeft: usize = memory.data(16, 16);
/** Second messages: a digest with its padding each. */
const outerBlocks: usize = memory.data(256, 16);

const STATE_BYTES: usize = 20;
const OUTER_STATE: usize = 32;

/** RFC 2104 §2: the states after the inner and the outer pad of a key of `bytes` octets. */
export function hmacStates(key: usize, bytes: i32, out: usize): void {
  for (let i: usize = 0; i < 2; i++) {
    const state = out + i * OUTER_STATE;
    memory.fill(outerBlocks, i === 0 ? 0x36 : 0x5c, 64);
    for (let j: usize = 0; j < (bytes as usize); j++) {
      store<u8>(outerBlocks + j, load<u8>(outerBlocks + j) ^ load<u8>(key + j));
    }
    store<u32>(state, 0x67452301);
    store<u32>(state, 0xefcdab89, 4);
    store<u32>(state, 0x98badcfe, 8);
    store<u32>(state, 0x10325476, 12);
    store<u32>(state, 0xc3d2e1f0, 16);
    sha1Blocks(state, outerBlocks, 1);
  }
  memory.fill(outerBlocks, 0, 64);
}

/** Pads a message of `length` octets behind the inner pad, where it lies (FIPS 180-4 §5.1.1). Returns its blocks. */
export function padMessage(message: usize, length: i32): i32 {
  const blocks = (length + 72) >> 6;
  memory.fill(message + (length as usize), 0, ((blocks << 6) - length) as usize);
  store<u8>(message + (length as usize), 0x80);
  store<u32>(message + ((blocks as usize) << 6) - 4, bswap<u32>(((length + 64) << 3) as u32));
  return blocks;
}

function padOuter(block: usize): void {
  memory.fill(block, 0, 64);
  store<u8>(block, 0x80, STATE_BYTES);
  store<u32>(block, bswap<u32>((64 + 20) << 3), 60);
}

/** The HMAC of a padded message, into `digest`: 20 octets. */
export function hmac(auth: usize, message: usize, blocks: i32, digest: usize): void {
  memory.copy(digest, auth, STATE_BYTES);
  sha1Blocks(digest, message, blocks);
  padOuter(outerBlocks);
  for (let i: usize = 0; i < STATE_BYTES; i += 4) {
    store<u32>(outerBlocks + i, bswap<u32>(load<u32>(digest + i)));
  }
  memory.copy(digest, auth + OUTER_STATE, STATE_BYTES);
  sha1Blocks(digest, outerBlocks, 1);
  for (let i: usize = 0; i < STATE_BYTES; i += 4) {
    store<u32>(digest + i, bswap<u32>(load<u32>(digest + i)));
  }
}

/** Puts a message into a lane of the next `hmacLanes`. Every lane is to be set; one without blocks stays idle. */
export function setMessage(i: i32, auth: usize, message: usize, blocks: i32): void {
  const at = (i as usize) << 2;
  store<u32>(addresses + at, message as u32);
  store<i32>(blocksLeft + at, blocks);
  for (let word: usize = 0; word < 5; word++) {
    store<u32>(states + (word << 4) + at, load<u32>(auth + (word << 2)));
    store<u32>(outerStates + (word << 4) + at, load<u32>(auth + OUTER_STATE + (word << 2)));
  }
}

/** The HMACs of the messages of the four lanes, into their digests. */
export function hmacLanes(): void {
  const none = i32x4.splat(0);
  for (;;) {
    const left = v128.load(blocksLeft);
    const active = i32x4.gt_s(left, none);
    if (!v128.any_true(active)) break;
    sha1Block4(states, addresses, active);
    v128.store(blocksLeft, i32x4.sub(left, i32x4.splat(1)));
  }
  for (let i: usize = 0; i < 4; i++) {
    const block = outerBlocks + (i << 6);
    padOuter(block);
    store<u32>(addresses + (i << 2), block as u32);
    for (let word: usize = 0; word < 5; word++) {
      store<u32>(block + (word << 2), bswap<u32>(load<u32>(states + (word << 4) + (i << 2))));
    }
  }
  sha1Block4(outerStates, addresses, i32x4.splat(-1));
  for (let i: usize = 0; i < 4; i++) {
    const digest = laneAt(i as i32) + DIGEST;
    for (let word: usize = 0; word < 5; word++) {
      store<u32>(digest + (word << 2), bswap<u32>(load<u32>(outerStates + (word << 4) + (i << 2))));
    }
  }
}
