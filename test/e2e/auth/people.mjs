// The people of the tests: their clients, and their mail.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'
import { watch } from './methods.mjs'

let people = 0

/** An address that nobody has had. */
export const address = (name = 'ada') => `${name}.${process.pid}.${++people}@example.org`

export const password = 'correct horse battery'

/** A browser of its own: a client with a memory of its own. */
export function browser(shop, { key = shop.anon_key, ...auth } = {}) {
  const kept = new Map()
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) }
  const client = createClient(shop.url, key, {
    auth: { persistSession: true, autoRefreshToken: false, detectSessionInUrl: false, storage, ...auth },
    realtime: { transport: globalThis.WebSocket ?? ws },
  })
  watch(client.auth)
  return client
}

/** The data of an answer that must be no error. */
export async function ok(answer) {
  const { data, error } = await answer
  assert.ifError(error)
  return data
}

/** Checks that an answer is an error with a status and a code. */
export async function refused(answer, status, code) {
  const { error } = await answer
  assert.ok(error, 'an error was expected')
  assert.deepEqual({ status: error.status, code: error.code }, { status, code })
  return error
}

/** The newest mail to an address, which may have to be waited for. */
export async function mail(shop, to, subject = /./) {
  for (const start = performance.now(); performance.now() - start < 5000; await sleep(20)) {
    const all = await (await fetch(`${shop.url}/inbox.json`)).json()
    const found = all.find((m) => m.to === to && subject.test(m.subject))
    if (found) return found
  }
  assert.fail(`there is no mail to ${to} like ${subject}`)
}

/** How many mails an address has got. */
export const mails = async (shop, to) => (await (await fetch(`${shop.url}/inbox.json`)).json()).filter((m) => m.to === to).length

/** Follows a link as a browser does that stops at the application: gives where it was led. */
export async function follow(link) {
  const answer = await fetch(link, { redirect: 'manual' })
  assert.ok([302, 303].includes(answer.status), `${link}: ${answer.status} ${await answer.text()}`)
  return new URL(answer.headers.get('location'))
}

/** What an implicit flow gives to the application, behind "#". */
export const fragment = (url) => Object.fromEntries(new URLSearchParams(url.hash.slice(1)))

/** Somebody who has signed up and confirmed their address by the code in the mail. */
export async function member(shop, options) {
  const client = browser(shop, options)
  const email = address()
  await ok(client.auth.signUp({ email, password }))
  const { code } = await mail(shop, email, /confirm/i)
  const { user, session } = await ok(client.auth.verifyOtp({ email, token: code, type: 'signup' }))
  return { client, auth: client.auth, email, user, session }
}
