-- Who asks, who is calling, and what happened last: the whole card in one statement (performance.md, G2).
-- The session and its user are checked on the way; without them nothing about a customer leaves the database.
-- What is laid down for the queue is kept meanwhile; the mark says whether it still holds (house.sql).
with viewer as materialized (
    select u.id, u.username, u.name, u.role, u.password, u.single_key_shortcuts, s.session_data
    from crm_session s
    join crm_user u on u.id = s.user_id
    where s.session_key = %(session)s and s.expire_date > now() and u.is_active
),
eye as materialized (  -- what the viewer may see: everything, or what is of no team or of one of these
    select v.id, v.role = 'admin' as sees_all, array(select t.team_id from crm_user_teams t where t.user_id = v.id) as teams
    from viewer v
),
mine as materialized (  -- this activity, once it is known to us: the viewer's or nobody's, never a colleague's
    select a.*
    from crm_activity a
    join viewer v on a.user_id is null or a.user_id = v.id
    where a.source = %(source)s and a.activity_id = %(activity)s
),
chain as materialized (  -- the earlier parts of the same call: who handled it, whom he found, what he wrote
    select a.id, a.contact_id, a.account_id, a.time, a.answered_at, a.closed_at,
           coalesce(u.name, a.user_name) as user_name, coalesce(nullif(a.note, ''), d.note, '') as note,
           case when c.team_id is null or eye.sees_all or c.team_id = any (eye.teams)
                then trim(c.first_name || ' ' || c.last_name) end as contact_name
    from crm_call k
    join crm_activity a on a.call_id = k.id and a.activity_id is distinct from %(activity)s and a.type <> 'NOTE'
    left join crm_user u on u.id = a.user_id
    left join crm_contact c on c.id = a.contact_id
    left join widget_draft d on d.source = a.source and d.activity_id = a.activity_id and d.user_id = a.user_id
    cross join eye
    where k.source = %(source)s and k.call_id = %(call)s
      and a.time <= coalesce((select m.time from mine m), 'infinity')
      and (a.team_id is null or eye.sees_all or a.team_id = any (eye.teams)
           or exists (select from mine m where m.user_id = eye.id and m.call_id = k.id))  -- who has a part in it himself
    order by a.time desc
    limit 5
),
candidate as materialized (
    {candidates}
),
best as materialized (  -- the record whose story is told: what a person said, what the last agent said, what the number says
    (select contact_id, account_id, 1 as rank from mine where contact_id is not null or account_id is not null
     union all
     select contact_id, account_id, 2 from chain where contact_id is not null or account_id is not null
     union all
     (select contact_id, account_id, 3 from candidate
      order by is_exact desc, contact_id is null, is_shared, confirmed_at is null, phone_id
      limit 1)
     order by rank
     limit 1)
)
select json_build_object(
    'mark', (select value from widget_mark),
    'viewer', (select row_to_json(viewer) from viewer),
    'mine', (
        select json_build_object(
            'id', m.id, 'user_id', m.user_id, 'status', m.status, 'link', m.link,
            'contact_id', (select c.id from crm_contact c where c.id = m.contact_id and c.hidden_at is null),
            'account_id', (select a.id from crm_account a where a.id = m.account_id and a.hidden_at is null), 'note', m.note, 'outcome_id', m.outcome_id, 'custom', m.custom, 'time', m.time,
            'answered_at', m.answered_at, 'closed_at', m.closed_at,
            'ended_at', (select c.ended_at from crm_call c where c.id = m.call_id), 'done_at', m.done_at)
        from mine m),
    'draft', (
        select json_build_object('note', d.note, 'outcome_id', d.outcome_id, 'fields', d.fields, 'revision', d.revision)
        from widget_draft d
        where d.source = %(source)s and d.activity_id = %(activity)s and d.user_id = (select id from viewer)),
    'chain', (select json_agg(row_to_json(chain)) from chain),
    'candidates', (select json_agg(row_to_json(candidate)) from candidate),
    'calls_today', (
        select count(*)
        from crm_call c
        where c.number = %(number)s and c.started_at > now() - interval '24 hours' and c.call_id <> %(call)s
              and exists (select from viewer)),
    'unbacked', (
        select count(*)
        from widget_cardview v
        where v.user_id = (select id from viewer) and v.is_theirs is false and v.viewed_at > now() - interval '1 hour'),
    'record', (select {record} from best b where exists (select from viewer))
)::text
