/** Files for hosts that follow from the code: the settings' table in docs/relay.md and the site's headers in three dialects. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from '../../relay/src/cli/settings.ts';
import { FOR_GOOD, HASHED_PATH, SECURITY_HEADERS } from '../../relay/src/site-headers.ts';

const TABLE = /(<!-- settings -->\n).*(<!-- \/settings -->)/s;
const MADE = 'Made by `npm run deploy-files` from relay/src/site-headers.ts.';

/** Each file's text as it should be, by its path in the project. */
export function deployFiles(root: string): ReadonlyMap<string, string> {
  const guide = readFileSync(join(root, 'docs/relay.md'), 'utf8');
  if (!TABLE.test(guide)) throw new Error('docs/relay.md has no place for the table of settings');
  return new Map([
    ['docs/relay.md', guide.replace(TABLE, (_, before, after) => `${before}${settingsTable()}\n${after}`)],
    ['public/_headers', netlify()],
    ['deploy/site.Caddyfile', caddy()],
    ['deploy/site.nginx.conf', nginx()],
  ]);
}

const HEADERS = Object.entries(SECURITY_HEADERS);

/** Netlify and Cloudflare Pages read this file beside the page. */
function netlify(): string {
  const lines = [...HEADERS, ['cache-control', 'no-cache']].map(([name, value]) => `  ${name}: ${value}`);
  // The last rule that matches adds to the first unless it takes the header away before.
  return `# ${MADE}\n/*\n${lines.join('\n')}\n${HASHED_PATH}*\n  ! cache-control\n  cache-control: ${FOR_GOOD}\n`;
}

function caddy(): string {
  const lines = HEADERS.map(([name, value]) => `\t\t${name} "${value}"`);
  return `# The site alone, without a relay behind it. ${MADE}
{$LATCHKEY_SITE} {
	root * {$LATCHKEY_SITE_FOLDER}
	header {
${lines.join('\n')}
		cache-control no-cache
	}
	header ${HASHED_PATH}* cache-control "${FOR_GOOD}"
	encode
	file_server
}
`;
}

function nginx(): string {
  const lines = HEADERS.map(([name, value]) => `  add_header ${name} "${value}" always;`);
  return `# The site alone: include this in a server block that says where its files are (root). ${MADE}
location / {
${lines.join('\n')}
  add_header cache-control no-cache;
}
location ${HASHED_PATH} {
${lines.join('\n')}
  add_header cache-control "${FOR_GOOD}";
}
`;
}
