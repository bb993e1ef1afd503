/** What became of a packet. */
export const INSERTED = 0;
export const INSERTED_LATE = 1;

/** What a frame is. */
export const FRAME_NONE = 0;
export const FRAME_PLAYED = 1;
/** Some of it stands in for audio that is missing. */
export const FRAME_CONCEALED = 2;
/** Silence that the sender has announced, or a loss that has lasted so long that it is silence. */
export const FRAME_SILENT = 3;

/** What a packet is in its stream. */
export interface PacketPlace {
  /** Newer than all before it. */
  isNewest: boolean;
  /** Packets between the newest before and this one that have not come (yet): time that they do not explain is silence. */
  missingBefore: number;
  /** The process has not stood still, so that the time of arrival is that of the network. */
  isPunctual: boolean;
}
