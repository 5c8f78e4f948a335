/** How many must agree: f = ⌊(n − 1) / 3⌋ may fail in any way, n − f make a quorum (DESIGN §6). */

export function faultsTolerated(validators: number): number {
  return Math.floor((validators - 1) / 3);
}

export function quorumOf(validators: number): number {
  return validators - faultsTolerated(validators);
}
