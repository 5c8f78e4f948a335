/** What went wrong and what to do about it, in one line for whoever gave the command. Ends the command with exit code 1. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
}
