package store

// Each is the metadata of the user u with the changes in the row r: members are set, each in the place of what it was, and those
// that are null are taken away; the others stay, whoever writes them at the same time. What is no object in the column, as an
// import may have left it, counts as an empty one.
const (
	changedUserMetadata = `case when r.raw_user_meta_data is null then u.raw_user_meta_data else (
               select coalesce(jsonb_object_agg(m.key, m.value), '{}')
                 from jsonb_each(case jsonb_typeof(u.raw_user_meta_data)
                          when 'object' then u.raw_user_meta_data || r.raw_user_meta_data else r.raw_user_meta_data end) as m
                where r.raw_user_meta_data -> m.key is distinct from 'null') end`
	changedAppMetadata = `case when r.raw_app_meta_data is null then u.raw_app_meta_data else (
               select coalesce(jsonb_object_agg(m.key, m.value), '{}')
                 from jsonb_each(case jsonb_typeof(u.raw_app_meta_data)
                          when 'object' then u.raw_app_meta_data || r.raw_app_meta_data else r.raw_app_meta_data end) as m
                where r.raw_app_meta_data -> m.key is distinct from 'null') end`
)
