/** An error that a person can act on: its message says what to do, and nothing was written. */
export type Refusal = Error & { readonly isRefusal: true };

export function refusal(message: string): Refusal {
  return Object.assign(new Error(message), { isRefusal: true } as const);
}

export function isRefusal(error: unknown): error is Refusal {
  return (Object(error) as Partial<Refusal>).isRefusal === true;
}
