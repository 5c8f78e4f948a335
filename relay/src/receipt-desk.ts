/** What the command `receipt` does: a member's join receipt as a file and, where it is short enough, as a link. */
import { writeFile } from 'node:fs/promises';
import { receiptToUrl } from '../../src/core/codec/receipt.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Complaint } from './complaint.ts';
import { memberCalled } from './desk-changes.ts';

export interface ReceiptAnswer {
  readonly chain: string;
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** `null` where it is too long for a link. */
  readonly link: string | null;
}

export async function writeReceipt(chain: Chain, member: string, file: string, siteUrl: string): Promise<ReceiptAnswer> {
  const { id, name } = memberCalled(chain, member);
  const receipt = await chain.receipt(id);
  await writeFile(file, receipt).catch(() => {
    throw new Complaint(`The file ${file} cannot be written: name another one.`);
  });
  return { chain: chain.name, name, file, bytes: receipt.length, link: receiptToUrl(receipt, siteUrl) ?? null };
}
