/** How long what is replaced goes on beside what replaces it, in seconds. */
export const OVERLAPS = [
  { value: "0", label: "No longer" },
  { value: "3600", label: "One hour" },
  { value: "86400", label: "One day" },
  { value: "604800", label: "One week" },
] as const;
