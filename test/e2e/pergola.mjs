// A running `pergola dev` for the tests: started on a free port with data of its own, driven by its --json line alone.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

export const binary = fileURLToPath(new URL('../../bin/pergola', import.meta.url))
const startTimeout = 60_000 // a first start on a loaded machine, with a download of PostgreSQL where there is none

// Settings of the caller's shell must not decide what the tests see.
export const environment = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR ?? '/tmp' }

/** Starts `pergola dev --empty` with data in a directory; env adds settings, flags stand in the place of --empty. */
export async function dev(data, env = {}, flags = ['--empty']) {
  const child = spawn(binary, ['dev', '--json', ...flags, '--port', '0', '--data', data], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk) => (log += chunk))
  const lines = createInterface({ input: child.stdout })
  const stdout = []
  lines.on('line', (line) => stdout.push(line))
  const exited = once(child, 'exit')
  const start = performance.now()
  const timeout = AbortSignal.timeout(startTimeout)
  await Promise.race([
    once(lines, 'line', { signal: timeout }),
    exited.then(([code]) => Promise.reject(new Error(`pergola dev ended with status ${code}:\n${log}`))),
  ]).catch((error) => {
    child.kill('SIGKILL')
    throw error.name === 'AbortError' ? new Error(`pergola dev is not ready:\n${log}`) : error
  })
  return {
    ...JSON.parse(stdout[0]),
    stdout,
    log: () => log,
    readyAfter: performance.now() - start, // milliseconds
    /** Ends the process and gives its exit status. */
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
  }
}

/** Runs a server program: waits for the line of its standard error that tells its address, and gives that. */
export async function serving(program, args, { address, ...options }) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options })
  const exited = once(child, 'exit')
  let log = ''
  const found = new Promise((resolve) => {
    child.stderr.on('data', (chunk) => {
      log += chunk
      const match = address.exec(log)
      if (match) resolve(match[1])
    })
  })
  const failed = exited.then(([code]) => Promise.reject(new Error(`${program} ended with status ${code}:\n${log}`)))
  failed.catch(() => {}) // once it has started, its end is waited for by stop
  return {
    address: await Promise.race([found, failed]),
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Mints a token with the keys of a data directory. */
export async function mint(data, ...args) {
  const { stdout } = await promisify(execFile)(binary, ['key', 'mint', '--data', data, ...args], { env: environment })
  return stdout.trim()
}

/** A client as an application makes it: the key, and the user's token when somebody is signed in. */
export function client(url, key, token) {
  const options = {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: globalThis.WebSocket ?? ws }, // Node has a WebSocket of its own from version 22 on
  }
  if (token) options.accessToken = async () => token
  return createClient(url, key, options)
}
