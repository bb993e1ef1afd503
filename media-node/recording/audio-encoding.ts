/** One recording on its way from 16-bit samples, left and right in turn, to a file's bytes. */
export interface AudioEncoding {
  encode(audio: Buffer): Buffer;
  /** What comes last. */
  finish(): Buffer;
}
