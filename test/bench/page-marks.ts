/** What runs in the real page beside it: takes the times that a person would see, and counts what the page was too busy for. */
import type { SocketBytes } from './socket-bytes.ts';

/** Milliseconds on the page's own clock. */
export interface PageMarks {
  joinPressed: number | undefined;
  /** The chain is on the screen. */
  usable: number | undefined;
  /** The status line says that everything is verified and kept. */
  full: number | undefined;
  bytes: SocketBytes | undefined;
  /** Length of each stretch of at least 50 ms in which the page could not answer, from the press on. */
  readonly longTasks: number[];
}

declare global {
  interface Window {
    benchMarks: PageMarks;
  }
}

/** Runs before anything of the page. Self-contained, so that it can be handed to the page as it is. */
export function markPage(): void {
  const marks: PageMarks = { joinPressed: undefined, usable: undefined, full: undefined, bytes: undefined, longTasks: [] };
  window.benchMarks = marks;
  document.addEventListener(
    'submit',
    () => {
      marks.joinPressed ??= performance.now();
    },
    true,
  );
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      if (marks.joinPressed !== undefined && startTime >= marks.joinPressed && marks.full === undefined) marks.longTasks.push(duration);
    }
  }).observe({ type: 'longtask' });
  new MutationObserver(() => {
    const status = document.querySelector('[role=status]')?.textContent;
    if (status === undefined || status === null) return;
    marks.usable ??= performance.now();
    if (/\bfinal\b/i.test(status)) marks.full ??= performance.now();
  }).observe(document, { subtree: true, childList: true, characterData: true });
}
