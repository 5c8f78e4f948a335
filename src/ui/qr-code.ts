/** A QR code as a drawing of one path: no markup is parsed, so the page's Trusted Types stay whole. */
import { html } from 'lit';
import { encodeQR } from 'qr';

/** White modules around the code, as readers expect (ISO/IEC 18004 asks for four). */
const QUIET_ZONE_MODULES = 4;

/** Path data with one rectangle for each run of dark modules in a row. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x++;
      path += `M${from} ${y}h${x - from + 1}v1H${from}z`;
    }
  });
  return path;
}

/** Draws `text`; `label` is its alternative text. Error correction is low: a screen is clean, and fewer modules scan better. */
export function qrCode(text: string, label: string) {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: QUIET_ZONE_MODULES });
  return html`<svg class="qr" role="img" aria-label=${label} viewBox="0 0 ${rows.length} ${rows.length}" shape-rendering="crispEdges">
    <path d=${pathOf(rows)} />
  </svg>`;
}
