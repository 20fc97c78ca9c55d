-- Acts for requests with the service_role key. Row-level security does not hold it back: the key belongs on servers.
create role service_role nologin noinherit bypassrls;
