/** SRTP packets that lie in a row, worked on in groups of up to four. */
import { kindOf, previousHighest, roundsOf } from "./context";
import { contextOf, LANES, laneAt, outcomeOf, packetOf, sourceOf, ssrcOf } from "./lanes";
import {
  prepareProtect,
  prepareUnprotect,
  protectLanes,
  unprotectLanes,
  unprotectRtp,
} from "./rtp";
import { AUTH_FAILED } from "./verdicts";

/** Which packet of the batch a lane holds. */
const members: usize = memory.data(16, 16);
/** Lengths of packets that may get a second try. */
const retries: usize = memory.data(16, 16);

/** Whether a packet of this context may join the `count` lanes that wait. */
function fits(count: i32, context: usize): bool {
  if (count === LANES) return false;
  for (let i = 0; i < count; i++) {
    const other = contextOf(laneAt(i));
    if (other === context) return false;
    if (kindOf(other) !== kindOf(context) || roundsOf(other) !== roundsOf(context)) return false;
  }
  return true;
}

function finishProtect(count: i32, lengths: usize): void {
  if (count === 0) return;
  protectLanes(count);
  for (let i = 0; i < count; i++) {
    const member = load<u32>(members + ((i as usize) << 2)) as usize;
    store<i32>(lengths + (member << 2), outcomeOf(laneAt(i)));
  }
}

function finishUnprotect(count: i32, contexts: usize, lengths: usize): void {
  if (count === 0) return;
  unprotectLanes(count);
  for (let i = 0; i < count; i++) {
    const member = load<u32>(members + ((i as usize) << 2)) as usize;
    const length = load<i32>(lengths + (member << 2));
    store<i32>(lengths + (member << 2), outcomeOf(laneAt(i)));
    // Rare, and it takes lane 0: after the others are done.
    if (outcomeOf(laneAt(i)) === AUTH_FAILED) store<i32>(retries + ((i as usize) << 2), length);
    else store<i32>(retries + ((i as usize) << 2), 0);
  }
  for (let i: usize = 0; i < (count as usize); i++) {
    const length = load<i32>(retries + (i << 2));
    if (length === 0) continue;
    const member = load<u32>(members + (i << 2)) as usize;
    const lane = laneAt(i as i32);
    const context = load<u32>(contexts + (member << 2)) as usize;
    if (sourceOf(lane) !== 0 || previousHighest(context, ssrcOf(lane)) < 0) continue;
    store<i32>(lengths + (member << 2), unprotectRtp(context, packetOf(lane), length));
  }
}

/**
 * Protects `count` packets that lie `stride` apart.
 *
 * @param contexts a context for each; 0 leaves the packet alone.
 * @param lengths of the packets; becomes their outcomes.
 */
export function protectBatch(
  packets: usize,
  stride: usize,
  room: i32,
  contexts: usize,
  lengths: usize,
  count: i32,
): void {
  let waiting = 0;
  for (let i: usize = 0; i < (count as usize); i++) {
    const context = load<u32>(contexts + (i << 2)) as usize;
    if (context === 0) continue;
    const at = lengths + (i << 2);
    if (!fits(waiting, context)) {
      finishProtect(waiting, lengths);
      waiting = 0;
    }
    const packet = packets + i * stride;
    const verdict = prepareProtect(laneAt(waiting), context, packet, load<i32>(at), room);
    if (verdict !== 0) {
      store<i32>(at, verdict);
      continue;
    }
    store<u32>(members + ((waiting as usize) << 2), i as u32);
    waiting += 1;
  }
  finishProtect(waiting, lengths);
}

/** Unprotects `count` packets that lie `stride` apart; parameters as of `protectBatch`. */
export function unprotectBatch(
  packets: usize,
  stride: usize,
  contexts: usize,
  lengths: usize,
  count: i32,
): void {
  let waiting = 0;
  for (let i: usize = 0; i < (count as usize); i++) {
    const context = load<u32>(contexts + (i << 2)) as usize;
    if (context === 0) continue;
    const at = lengths + (i << 2);
    if (!fits(waiting, context)) {
      finishUnprotect(waiting, contexts, lengths);
      waiting = 0;
    }
    const packet = packets + i * stride;
    const verdict = prepareUnprotect(laneAt(waiting), context, packet, load<i32>(at));
    if (verdict !== 0) {
      store<i32>(at, verdict);
      continue;
    }
    store<u32>(members + ((waiting as usize) << 2), i as u32);
    waiting += 1;
  }
  finishUnprotect(waiting, contexts, lengths);
}
