/** Has the browser save bytes as a file. */
export function download(bytes: Uint8Array, name: string): void {
  downloadBlob(new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' }), name);
}

/** The same of bytes that the browser holds already. */
export function downloadBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of the bytes by the time that a click's task is over.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
