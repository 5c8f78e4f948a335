/**
 * `npm start`: builds the site, then runs a relay of one's own with a chain to try. What follows `--` goes to
 * `latchkey-relay start`, which has the defaults and the help.
 */
import { runTool } from './command.ts';

const flags = process.argv.slice(2);
// Standard output belongs to the relay: with --json a program reads it.
const built = flags.includes('--help') || runTool('vite', ['build', '--logLevel', 'warn'], { stdio: ['ignore', 2, 2] });
if (!built) {
  console.error('The site could not be built: see above.');
  process.exit(1);
}
const { main } = await import('../relay/src/cli/main.ts');
// The relay's native threads would keep a process alive that has nothing left to do.
process.exit(await main(['start', '--chain', 'Welcome', ...flags]));
