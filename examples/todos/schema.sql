-- Lists of things to do. A public list can be read by everybody, any other one by its owner alone.

create table lists (
  id bigint generated always as identity primary key,
  user_id uuid default auth.uid(),
  name text not null check (name <> ''),
  is_public boolean not null default false,
  created_at timestamptz not null default now()
);

create table todos (
  id bigint generated always as identity primary key,
  list_id bigint not null references lists on delete cascade,
  title text not null check (title <> ''),
  done boolean not null default false,
  due date,
  details jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create table tags (
  id bigint generated always as identity primary key,
  name text not null unique
);

create table todo_tags (
  todo_id bigint references todos on delete cascade,
  tag_id bigint references tags on delete cascade,
  primary key (todo_id, tag_id)
);

create index on lists (user_id);
create index on todos (list_id);
create index on todo_tags (tag_id);

comment on table lists is 'Lists of things to do, each with an owner';
comment on table todos is 'Things to do, each on a list';

-- Who may do what. "(select auth.uid())" is worked out once per statement rather than once per row.

alter table lists enable row level security;
alter table todos enable row level security;
alter table tags enable row level security;
alter table todo_tags enable row level security;

create policy "public lists and one's own can be read" on lists
  for select using (is_public or user_id = (select auth.uid()));

create policy "owners change their lists" on lists
  for all to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));

-- The policies of lists hold inside these subqueries too: a list that cannot be read is not found. "in (select ...)" is
-- worked out once per statement as well.

create policy "todos can be read with their list" on todos
  for select using (list_id in (select id from lists));

create policy "owners of a list change its todos" on todos
  for all to authenticated
  using (list_id in (select id from lists where user_id = (select auth.uid())))
  with check (list_id in (select id from lists where user_id = (select auth.uid())));

create policy "everybody can read tags" on tags
  for select using (true);

create policy "a todo's tags can be read with it" on todo_tags
  for select using (todo_id in (select id from todos));

create policy "owners of a list tag its todos" on todo_tags
  for all to authenticated
  using (todo_id in (
    select todos.id from todos join lists on lists.id = todos.list_id where lists.user_id = (select auth.uid())))
  with check (todo_id in (
    select todos.id from todos join lists on lists.id = todos.list_id where lists.user_id = (select auth.uid())));

-- Functions are called under /rest/v1/rpc. They run with the caller's rights, so the policies hold in them.

create function search_todos(words text) returns setof todos
language sql stable
as $$
  select * from todos where to_tsvector('simple', title) @@ websearch_to_tsquery('simple', words)
$$;

create function progress(list bigint) returns table (done bigint, total bigint)
language sql stable
as $$
  select count(*) filter (where todos.done), count(*) from todos where todos.list_id = list
$$;
