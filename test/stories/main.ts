/** `npm run story -- audit | consortium | recovery | upgrade | validators | double-voter | split-view`: tells a story with real processes; exit code 1 if any step fails. */
import { chosen, Misuse, runCommand, wholeNumber } from '../support/command-line.ts';
import { audit } from './audit.ts';
import { consortium } from './consortium.ts';
import { doubleVoter } from './double-voter.ts';
import { recovery } from './recovery.ts';
import { splitView } from './split-view.ts';
import { type StoryResult, tellStory } from './story.ts';
import { upgrade } from './upgrade.ts';
import { validators } from './validators.ts';

const USAGE = `npm run story -- NAME [--json]

  audit        two auditors, and an operator who forges, drops, rewrites and shows two histories: each caught, each with its file
    --files DIR    keeps those files there
  consortium   three federation members, two newcomers and a browser: request, approvals, admission, promotion, suspension, removal
  recovery     a lost device, a stolen key, a dead chain
  double-voter one of four validators runs a build without its lock: it is convicted on the chain
  split-view   a relay shows two browsers two histories; they meet, and each has the proof
  upgrade      two builds side by side until the height of an upgrade, then one
  validators   four validators, two people who write: each machine is killed in turn, one stopped, one loses its disk, two go at once
    --kills N      how often a machine is killed (default 50)
    --pause N      for how many seconds one is stopped (default 30)
    --seed N       decides when they are killed (default 1)

Every step is done for real: processes with data folders and ports of their own. Nothing is left running.`;

const OPTIONS = {
  kills: { type: 'string', default: '50' },
  pause: { type: 'string', default: '30' },
  seed: { type: 'string', default: '1' },
  files: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function main(args: readonly string[]): Promise<number> {
  return runCommand(args, {
    usage: USAGE,
    options: OPTIONS,
    run: async (values, [asked, ...more]) => {
      if (more.length > 0) throw new Misuse(`One story at a time: what is ${more.join(' ')}?`);
      const [kills, pauseSeconds] = [wholeNumber('--kills', values.kills), wholeNumber('--pause', values.pause)];
      const seed = wholeNumber('--seed', values.seed, 0);
      const stories = {
        audit: audit(values.files),
        consortium,
        recovery,
        upgrade,
        validators: validators({ kills, pauseSeconds, seed }),
        'double-voter': doubleVoter,
        'split-view': splitView,
      };
      const [name, plot] = chosen('A story', asked, stories);
      const result = await tellStory(name, plot, values.json ? () => undefined : (line) => console.log(line));
      console.log(values.json ? JSON.stringify(result) : ending(result));
      return result.ok ? 0 : 1;
    },
  });
}

function ending({ story, ok, seconds, steps }: StoryResult): string {
  return ok ? `\nThe story ${story} went well: ${steps.length} steps in ${seconds} s.` : `\nThe story ${story} FAILED after ${seconds} s.`;
}

// webrtc-direct and browsers leave native threads behind.
process.exit(await main(process.argv.slice(2)));
