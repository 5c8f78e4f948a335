/**
 * The simulators' checks by what each keeps, told by what it says. A planted bug counts as found only by a check that is there for
 * it: that a run came to grief in some other way says nothing of the check.
 */
const CHECKERS = {
  /** One block a height for all, one state, one end to an epoch. */
  agreement: /two final blocks on|final at height|another state at height|end with different blocks|differ at leaf|has a successor in it/,
  /** Nobody honest signs twice in one place. */
  votes: /gives \w+ twice|voted for two blocks|nullifies and finalizes|and gave it up|did not notarize|than it notarized/,
  /** What was promised is on the disk. */
  durability: /is not on its disk|came back with height|came back with \d|which its author was told is kept/,
  /** Nobody comes in without what the rules ask: joins in the log, too. */
  admission: /let in \d|approved of a join that|were told that they joined/,
  /** Each block in its place and time, each leaf by the rules of every log. */
  log: /: block \d+ (?:is of|of view|stands on|is certified by)|^leaf \d+/,
  /** Who contradicts itself is convicted, and nobody else. */
  evidence: /is accused, and|who is honest|which nobody saw|and says nothing|and nobody is convicted/,
  /** Once all is healed, everything becomes final. */
  progress: /^all is healed|^all is calm, and yet/,
} as const;
export type Checker = keyof typeof CHECKERS;

/** Which check a failure is by; `undefined` if it is by none of these: a crash, or a time-out of the run itself. */
export function checkerOf(failure: string): Checker | undefined {
  const names = Object.keys(CHECKERS) as readonly Checker[];
  return names.find((name) => CHECKERS[name].test(failure));
}
