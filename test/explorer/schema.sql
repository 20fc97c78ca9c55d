-- A shop with shelves that everybody sees, a till that nobody but the service sees, and names that are hard to write.

comment on schema public is E'The shop\n\nWhat it sells.';

create type mood as enum ('glad', 'sad');

create table records (
  id    integer generated always as identity primary key,
  title text not null,
  mood  mood not null default 'glad',
  price numeric(8, 2),
  heard timestamptz,
  tags  text[] not null default '{}',
  extra jsonb,
  span  tstzrange
);
comment on table records is 'What stands on the shelves.';
comment on column records.title is 'As it is printed on the sleeve.';

create table till (id integer primary key, cents integer not null);
create table "odd {name}, ""quoted"" and/or: é" ("a.b" integer primary key, "select" text, "c d" text);

create function add(a integer, b integer default 10) returns integer language sql immutable as 'select a + b';
create function add(a text, b text) returns text language sql immutable as 'select a || b';
create function glad() returns setof records language sql stable as $$ select * from records where mood = 'glad' $$;
create function pair(out a integer, out b mood) language sql stable as $$ select 1, 'sad'::mood $$;
create function forget() returns void language sql as '';
create function keep(json) returns json language sql as 'select $1';

revoke all on till from anon, authenticated;
revoke insert, update, delete on records from anon;
revoke execute on function forget from public, anon, authenticated;

insert into records (title, price) values ('Ella in Berlin', 19.90), ('Djangology', 15.00);
insert into till values (1, 4200);
