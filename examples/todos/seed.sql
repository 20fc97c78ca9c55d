-- Two public lists without an owner, and a private one. Everybody sees the first two.

insert into lists (name, is_public, user_id) values
  ('Garden', true, null),
  ('Pergola', true, null),
  ('Presents', false, '00000000-0000-4000-8000-000000000001');

insert into todos (list_id, title, done, due, details)
select lists.id, t.title, t.done, t.due::date, t.details::jsonb
from (values
  (1, 'Garden', 'Cut the hedge', true, '2026-03-01', '{"hours": 3}'),
  (2, 'Garden', 'Sow beans', false, '2026-05-15', '{"hours": 1, "where": "south bed"}'),
  (3, 'Garden', 'Mend the water butt', false, null, '{}'),
  (4, 'Pergola', 'Set the posts', true, '2026-04-01', '{"hours": 6, "helpers": ["Ada", "Bob"]}'),
  (5, 'Pergola', 'Plant the vine', false, '2026-10-01', '{"hours": 2}'),
  (6, 'Presents', 'Something for Ada', false, '2026-12-10', '{}')
) as t (place, list, title, done, due, details)
join lists on lists.name = t.list
order by t.place;

insert into tags (name) values ('outdoors'), ('heavy'), ('with help');

insert into todo_tags (todo_id, tag_id)
select todos.id, tags.id
from (values
  ('Cut the hedge', 'outdoors'),
  ('Sow beans', 'outdoors'),
  ('Set the posts', 'outdoors'),
  ('Set the posts', 'heavy'),
  ('Set the posts', 'with help'),
  ('Plant the vine', 'outdoors')
) as t (title, tag)
join todos on todos.title = t.title
join tags on tags.name = t.tag;

-- So that plans are made for these few rows at once.
analyze lists, todos, tags, todo_tags;
