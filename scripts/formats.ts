/** `npm run formats`: writes `formats.cddl` anew from the codecs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatsText } from '../test/support/formats.ts';
import { ROOT } from './command.ts';

writeFileSync(join(ROOT, 'formats.cddl'), formatsText());
