/** `npm run story -- consortium | recovery | upgrade | validators`: tells a story with real processes; exit code 1 if any step fails. */
import { parseArgs } from 'node:util';
import { consortium } from './consortium.ts';
import { recovery } from './recovery.ts';
import { type StoryResult, tellStory } from './story.ts';
import { upgrade } from './upgrade.ts';
import { validators } from './validators.ts';

const HELP = `npm run story -- NAME [--json]

  consortium   three federation members, two newcomers and a browser: request, approvals, admission, promotion, suspension, removal
  recovery     a lost device, a stolen key, a dead chain
  upgrade      two builds side by side until the height of an upgrade, then one
  validators   one validator becomes four; each is killed in turn, then two at once

Every step is done for real: processes with data folders and ports of their own. Nothing is left running.`;

const STORIES = { consortium, recovery, upgrade, validators } as const;

async function main(args: readonly string[]): Promise<number> {
  const options = { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [name, ...more] = positionals;
  const plot = Object.entries(STORIES).find(([one]) => one === name)?.[1];
  if (values.help || name === undefined || plot === undefined || more.length > 0) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  const result = await tellStory(name, plot, values.json ? () => undefined : (line) => console.log(line));
  console.log(values.json ? JSON.stringify(result) : ending(result));
  return result.ok ? 0 : 1;
}

function ending({ story, ok, seconds, steps }: StoryResult): string {
  return ok ? `\nThe story ${story} went well: ${steps.length} steps in ${seconds} s.` : `\nThe story ${story} FAILED after ${seconds} s.`;
}

// webrtc-direct and browsers leave native threads behind.
process.exit(await main(process.argv.slice(2)));
