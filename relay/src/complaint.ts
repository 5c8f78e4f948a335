/**
 * What went wrong and what to do about it, in one line for whoever gave the command. Ends the command with exit code 1. Programs
 * go by the code: a refusal's own, or `command` for a mistake in the command.
 */
export class Complaint extends Error {
  override readonly name = 'Complaint';
  readonly code: string;
  constructor(message: string, code = 'command') {
    super(message);
    this.code = code;
  }
}
