import assert from 'node:assert/strict'

/** The data of an answer that must be no error. */
export async function data(query) {
  const { data, error } = await query
  assert.ifError(error)
  return data
}

/** Checks that a query fails with a status and with (at least) these fields of PostgrestError, and gives the error. */
export async function fails(query, status, fields) {
  const answer = await query
  assert.ok(answer.error, `an error was expected, not ${JSON.stringify(answer.data)}`)
  const { code, message, details, hint } = answer.error
  const got = { code, message, details, hint }
  for (const field of Object.keys(got)) if (!(field in fields)) delete got[field]
  assert.deepEqual({ status: answer.status, ...got }, { status, ...fields })
  return answer.error
}
