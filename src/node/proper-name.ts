/** Names that people give themselves and their chains. */
import { utf8 } from '../core/base/bytes.ts';
import { RefusalError } from '../core/base/result.ts';

/** A name without stray spaces. Throws `malformed` if nothing is left or it is too long. */
export function properName(text: string, bytesMax: number): string {
  const name = text.trim().normalize('NFC');
  if (name === '' || !name.isWellFormed() || utf8(name).length > bytesMax)
    throw new RefusalError({ code: 'malformed', detail: `a name has 1 to ${bytesMax} bytes` });
  return name;
}
