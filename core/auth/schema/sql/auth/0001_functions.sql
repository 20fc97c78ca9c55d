create schema if not exists auth;

-- What the policies of applications ask about the caller. Each setting of PostgREST's older form, one claim a setting,
-- goes before the newer one, all claims in one JSON object. Outside a request all four are null.

-- if no function auth.jwt
create function auth.jwt() returns jsonb
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

-- if no function auth.uid
create function auth.uid() returns uuid
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

-- if no function auth.role
create function auth.role() returns text
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

-- if no function auth.email
create function auth.email() returns text
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

-- The API's roles may call the functions. Nobody grants them anything on a table here.

-- if role anon
grant usage on schema auth to anon;

-- if role authenticated
grant usage on schema auth to authenticated;

-- if role service_role
grant usage on schema auth to service_role;
