/** A reason as it travels: its stable name, so that the order of the list of codes means nothing on the wire. */
import { REFUSAL_CODES, type RefusalCode } from '../base/result.ts';
import { mapped, named, text } from './codec.ts';

/** The longest code is 19 characters; later versions may add longer ones. */
const REFUSAL_CODE_BYTES_MAX = 32;

const known = new Map<string, RefusalCode>(REFUSAL_CODES.map((code) => [code, code]));

/** A code of a later version reads as `closed`: the peer said no, for a reason that we have no word for. */
export const refusalCode = named(
  'refusal-code',
  mapped(
    text(REFUSAL_CODE_BYTES_MAX),
    (code): RefusalCode => known.get(code) ?? 'closed',
    (code) => code,
    'not a refusal code',
  ),
);
