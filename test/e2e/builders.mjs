// Which methods of postgrest-js's builders were called, and which of them a check has proved.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import * as postgrest from '@supabase/postgrest-js'

const classes = [
  'PostgrestClient', 'PostgrestQueryBuilder', 'PostgrestFilterBuilder', 'PostgrestTransformBuilder', 'PostgrestBuilder',
]
const calls = new AsyncLocalStorage() // the names of the methods that the check under way has called
const proved = new WeakMap() // of a client's suite: the names of the methods that have been proved

/** Every method of the builders as this version of the client has it, as "Class.method". */
export const methods = classes.flatMap((name) =>
  Object.getOwnPropertyNames(postgrest[name].prototype)
    .filter((method) => method !== 'constructor')
    .map((method) => `${name}.${method}`),
)

for (const name of methods) watch(name)

function watch(name) {
  const [of, method] = name.split('.')
  const original = postgrest[of].prototype[method]
  postgrest[of].prototype[method] = function (...args) {
    calls.getStore()?.add(name)
    return original.apply(this, args)
  }
}

/**
 * Proves a method: asks, which must call it, and has the answer checked. An answer that is no function is the data that
 * is expected. More checks of one method may follow, as "Class.method, what about it".
 */
export async function prove(suite, title, ask, answer) {
  const [name] = title.split(',')
  assert.ok(methods.includes(name), `this version of the client has no ${name}`)
  const called = new Set()
  const result = await calls.run(called, async () => await ask())
  assert.ok(called.has(name), `${name} was not called`)
  if (typeof answer === 'function') {
    assert.equal(answer.length, 1, 'an answer is checked by a function of it')
    await answer(result)
  } else {
    assert.equal(result.error, null)
    assert.deepEqual(result.data, answer)
  }
  proved.set(suite, (proved.get(suite) ?? new Set()).add(name))
}

/** The methods that nothing has proved. */
export const unproved = (suite) => methods.filter((name) => !proved.get(suite)?.has(name))
