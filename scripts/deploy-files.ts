/** `npm run deploy-files`: writes anew what hosts copy: the table of settings, and the site's headers for other web servers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployFiles } from '../test/support/deploy-files.ts';
import { ROOT } from './command.ts';

for (const [name, text] of deployFiles(ROOT)) writeFileSync(join(ROOT, name), text);
