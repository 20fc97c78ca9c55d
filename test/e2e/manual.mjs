// What the JavaScript of the manual calls by a name in capitals: what a person would have read, typed or clicked.
import { totp } from './auth/totp.mjs'

const newest = async () => (await (await fetch(`${process.env.PERGOLA_URL}/inbox.json`)).json())[0]

/** The code in the newest mail. */
export const code = async () => (await newest()).code

/** Where the link of the newest mail leads. */
export async function followedLink() {
  const answer = await fetch((await newest()).links[0], { redirect: 'manual' })
  return new URL(answer.headers.get('location'))
}

/** What the authenticator application shows. */
export const TOTP = (secret) => totp(secret)

const kept = new Map()

/** A storage as browsers have one. */
export const MEMORY = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) }
