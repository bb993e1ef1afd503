export { sha1Blocks } from "./sha1";
