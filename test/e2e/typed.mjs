import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const dir = fileURLToPath(new URL('types', import.meta.url))

/** The types of supabase-js: the compiler accepts what an application writes, and the server sends what they promise. */
export function typing(shop) {
  describe('types', () => {
    test('are checked by tsc --noEmit', () => {
      const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
      const { status, stdout } = spawnSync(process.execPath, [compiler, '--noEmit', '-p', dir], { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
    test('are kept by the server', async () => {
      const source = await readFile(`${dir}/typed.ts`, 'utf8')
      const { outputText } = ts.transpileModule(source, { compilerOptions: { target: 'es2022', module: 'esnext' } })
      const { typed } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`)
      await typed(shop.service)
    })
  })
}
