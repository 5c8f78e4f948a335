/** The rules of a chain as a person reads them: one line for each thing that they settle. */

/** What a line is about, and what holds. */
export interface RuleLine {
  readonly about: string;
  readonly holds: string;
}
