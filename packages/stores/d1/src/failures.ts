/** The failures of the row `j` with one more, as JSON: the first and the last nine, as \`recordFailure\` of the core keeps. */
export function failuresWith(failure: string): string {
  return `json_insert(iif(json_array_length(coalesce(j.failures, '[]')) >= 10, json_remove(j.failures, '$[1]'), coalesce(j.failures, '[]')), '$[#]', ${failure})`;
}
