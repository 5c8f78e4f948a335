/** Who proposes in which view: round-robin over the seats, fixed for an epoch (DESIGN §6). */

export function leaderSeat(view: number, validators: number): number {
  return view % validators;
}
