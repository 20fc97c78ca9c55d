// Queries whose answers have types of their own. The compiler checks them, and typed.mjs runs them: what a type
// promises is what the server sends.
import assert from 'node:assert/strict'
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from './database.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Demands that a value has exactly this type. */
function exactly<Want>() {
  return <Got>(value: Got, _: Equal<Want, Got> extends true ? 'same' : { want: Want; got: Got }): Got => value
}

export async function typed(client: SupabaseClient<Database>): Promise<void> {
  const { data: columns } = await client.from('albums').select('name:title, year, price').eq('id', 1).single().throwOnError()
  exactly<{ name: string; year: number; price: number | null }>()(columns, 'same')
  assert.deepEqual(columns, { name: 'Ella in Berlin', year: 1960, price: 19.9 })

  const { data: embedded } = await client.from('albums').select('title, artists(name, country)').eq('id', 3).throwOnError()
  exactly<{ title: string; artists: { name: string; country: string | null } }[]>()(embedded, 'same')
  assert.deepEqual(embedded, [{ title: 'Djangology', artists: { name: 'Django Reinhardt', country: 'BE' } }])

  const { data: many } = await client.from('artists').select('name, albums!inner(id, tags)').eq('albums.year', 1992).throwOnError()
  exactly<{ name: string; albums: { id: number; tags: string[] }[] }[]>()(many, 'same')
  assert.deepEqual(many, [{ name: 'Cesária Évora', albums: [{ id: 4, tags: ['vocal'] }] }])

  const { data: spread } = await client.from('albums').select('title, ...artists(name)').eq('id', 2).single().throwOnError()
  exactly<{ title: string; name: string }>()(spread, 'same')
  assert.deepEqual(spread, { title: 'Porgy and Bess', name: 'Ella Fitzgerald' })

  const { data: none } = await client.from('artists').select('id').eq('id', 99).maybeSingle().throwOnError()
  exactly<{ id: number } | null>()(none, 'same')
  assert.equal(none, null)

  const { data: written } = await client.from('stock').upsert({ sku: 'typed', quantity: 2 }).select('sku, note').throwOnError()
  exactly<{ sku: string; note: string | null }[]>()(written, 'same')
  assert.deepEqual(written, [{ sku: 'typed', note: null }])

  const nothing = await client.from('stock').delete().eq('sku', 'typed').throwOnError()
  exactly<null>()(nothing.data, 'same')
  assert.equal(nothing.data, null)

  const { data: sum } = await client.rpc('add', { a: 1 }).throwOnError()
  exactly<number>()(sum, 'same')
  assert.equal(sum, 11)

  const { data: rows } = await client.rpc('albums_since', { since: 1992 }).select('title, artists(name)').throwOnError()
  exactly<{ title: string; artists: { name: string } }[]>()(rows, 'same')
  assert.deepEqual(rows, [{ title: 'Miss Perfumado', artists: { name: 'Cesária Évora' } }])

  const { data, error } = await client.from('albums').select('id').limit(0)
  if (error) exactly<string>()(error.code, 'same')
  else exactly<{ id: number }[]>()(data, 'same')
  assert.deepEqual(data, [])
}

/** What the types forbid. Each line is an error, or the compiler complains that it is none. */
export const forbidden = (client: SupabaseClient<Database>) => [
  // @ts-expect-error there is no such table
  client.from('album'),
  // @ts-expect-error the title is missing
  client.from('albums').insert({ artist_id: 1, year: 2000 }),
  // @ts-expect-error there is no such column
  client.from('stock').update({ colour: 'red' }),
  // @ts-expect-error a year is a number
  client.from('albums').select().eq('year', 'last year'),
  // @ts-expect-error there is no such function
  client.rpc('subtract', { a: 1 }),
  // @ts-expect-error the argument is missing
  client.rpc('albums_since', {}),
]
