import { describe, test } from 'node:test'
import { fails } from './check.mjs'

/** What is wrong arrives as PostgrestError, with a code to act on and a hint where a near name exists. */
export function errors(shop) {
  describe('errors', () => {
    test('unknown table, with a near name', async () => {
      await fails(shop.anon.from('album').select(), 404, {
        code: 'PGRST205', message: "Could not find the table 'public.album' in the schema cache", details: null,
        hint: "Perhaps you meant the table 'public.albums'",
      })
    })
    test('unknown column', async () => {
      await fails(shop.anon.from('albums').select('colour'), 400, {
        code: '42703', message: 'column albums.colour does not exist',
      })
    })
    test('unknown column in a body', async () => {
      await fails(shop.service.from('stock').insert({ sku: 'x', colour: 'red' }).select(), 400, {
        code: 'PGRST204', message: "Could not find the 'colour' column of 'stock' in the schema cache",
      })
    })
    test('unknown function', async () => {
      await fails(shop.anon.rpc('ad', { a: 1 }), 404, {
        code: 'PGRST202', message: 'Could not find the function public.ad(a) in the schema cache',
        hint: 'Perhaps you meant to call the function public.add',
      })
    })
    test('a function with other arguments', async () => {
      await fails(shop.anon.rpc('add', { a: 1, c: 2 }), 404, {
        code: 'PGRST202', message: 'Could not find the function public.add(a, c) in the schema cache',
        hint: 'Perhaps you meant to call the function public.add(a, b)',
      })
    })
    test('unknown schema', async () => {
      await fails(shop.anon.schema('private').from('albums').select(), 406, {
        code: 'PGRST106', message: 'Invalid schema: private', hint: 'Only the following schemas are exposed: public',
      })
    })
    test('a value of the wrong type', async () => {
      await fails(shop.anon.from('albums').select().eq('year', 'last year'), 400, {
        code: '22P02', message: 'invalid input syntax for type integer: "last year"',
      })
    })
    test('a malformed select', async () => {
      await fails(shop.anon.from('albums').select('title,artists(name'), 400, { code: 'PGRST100' })
    })
    test('a unique key twice', async () => {
      await fails(shop.service.from('artists').insert({ name: 'Ella Fitzgerald' }), 409, {
        code: '23505', message: 'duplicate key value violates unique constraint "artists_name_key"',
        details: 'Key (name)=(Ella Fitzgerald) already exists.', hint: null,
      })
    })
    test('a reference to nothing', async () => {
      await fails(shop.service.from('albums').insert({ artist_id: 99, title: 'x', year: 2000 }), 409, {
        code: '23503', details: 'Key (artist_id)=(99) is not present in table "artists".',
      })
    })
    test('a check', async () => {
      await fails(shop.service.from('albums').insert({ artist_id: 1, title: 'x', year: 1800 }), 400, {
        code: '23514', message: 'new row for relation "albums" violates check constraint "year_of_recording"',
      })
    })
  })
}
