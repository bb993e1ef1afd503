/** Readable at every width, in the dark and on paper; no font, image or script is fetched. */
export const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .25rem 0 .5rem; }
th, td { border: 1px solid; border-color: color-mix(in srgb, currentcolor 35%, transparent); padding: .35rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
section { overflow-x: auto; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; }
summary { cursor: pointer; padding: .25rem 0; }
@media print {
  nav { display: none; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  tr, h2, h3 { break-inside: avoid; break-after: avoid; }
  pre { white-space: pre-wrap; }
}
`;
