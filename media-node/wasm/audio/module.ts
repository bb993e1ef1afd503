export { decodeG722, encodeG722 } from "./g722";
export { resample } from "./resample";
