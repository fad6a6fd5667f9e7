-- Who asks, who is calling, and what happened last: the whole card in one statement (performance.md, G2).
-- The session and its user are checked on the way; without them nothing about a customer leaves the database.
-- What is laid down for the queue is kept meanwhile; the mark says whether it still holds (house.sql).
-- Each node of the plan costs a microsecond before it does anything, and each column that it hands on a tenth. So what
-- is looked up by a key is a sub-select and no join, a list is an array and no aggregate, and what the card is told of a
-- row becomes JSON where the row is found.
with eye as materialized (  -- who asks, and what he may see: everything, or what is of no team or of one of these
    select u.id, u.role = 'admin' as sees_all, array(select t.team_id from crm_user_teams t where t.user_id = u.id) as teams,
           json_build_object(
               'id', u.id, 'username', u.username, 'name', u.name, 'role', u.role, 'password', u.password, 'is_active', true,
               'single_key_shortcuts', u.single_key_shortcuts, 'session_data', s.session_data) as told
    from crm_session s
    join crm_user u on u.id = s.user_id
    where s.session_key = %(session)s and s.expire_date > now() and u.is_active
),
mine as materialized (  -- this activity, once it is known to us: the viewer's or nobody's, never a colleague's
    select m.id, m.user_id, m.call_id, m.contact_id, m.account_id, m.time,
           json_build_object(
               'id', m.id, 'user_id', m.user_id, 'status', m.status, 'link', m.link,
               'contact_id', (select c.id from crm_contact c where c.id = m.contact_id and c.hidden_at is null),
               'account_id', (select a.id from crm_account a where a.id = m.account_id and a.hidden_at is null),
               'note', m.note, 'outcome_id', m.outcome_id, 'custom', m.custom, 'time', m.time,
               'answered_at', m.answered_at, 'closed_at', m.closed_at,
               'ended_at', (select k.ended_at from crm_call k where k.id = m.call_id), 'done_at', m.done_at) as told
    from crm_activity m
    join eye on m.user_id is null or m.user_id = eye.id
    where m.source = %(source)s and m.activity_id = %(activity)s
),
chain as materialized (  -- the earlier parts of the same call: who handled it, whom he found, what he wrote
    select p.id, p.contact_id, p.account_id,
           json_build_object(
               'id', p.id, 'contact_id', p.contact_id, 'account_id', p.account_id,
               'time', p.time, 'answered_at', p.answered_at, 'closed_at', p.closed_at,
               'user_id', p.user_id, 'user_name', p.user_name,
               'note', coalesce(nullif(p.note, ''), (
                   select d.note from widget_draft d
                   where d.source = p.source and d.activity_id = p.activity_id and d.user_id = p.user_id), ''),
               'contact_name', (
                   select trim(c.first_name || ' ' || c.last_name) from crm_contact c
                   where c.id = p.contact_id and c.hidden_at is null
                         and (c.team_id is null or eye.sees_all or c.team_id = any (eye.teams)))) as told
    from crm_call k
    join crm_activity p on p.call_id = k.id and p.activity_id is distinct from %(activity)s and p.type <> 'NOTE'
    cross join eye
    left join mine on true
    where k.source = %(source)s and k.call_id = %(call)s
      and p.time <= coalesce(mine.time, 'infinity')
      and (p.team_id is null or eye.sees_all or p.team_id = any (eye.teams)
           or mine.user_id = eye.id and mine.call_id = k.id)  -- who has a part in it himself
    order by p.time desc
    limit 5
),
candidate as materialized (
    {candidates}
),
best as (  -- whose story is told: what a person said, else what the last agent said, else what the number says
    select contact_id, account_id, array(select id from mine union all select id from chain) as this_call
    from (
        (select contact_id, account_id from mine where contact_id is not null or account_id is not null)
        union all
        (select contact_id, account_id from chain where contact_id is not null or account_id is not null)
        union all
        (select contact_id, account_id from candidate
         order by is_exact desc, contact_id is null, is_shared, confirmed_at is null, phone_id
         limit 1)) first
    limit 1
)
select json_build_object(
    'mark', (select value from widget_mark),
    'viewer', eye.told,
    'mine', (select told from mine),
    'draft', (
        select json_build_object('note', d.note, 'outcome_id', d.outcome_id, 'fields', d.fields, 'revision', d.revision)
        from widget_draft d
        where d.source = %(source)s and d.activity_id = %(activity)s and d.user_id = eye.id),
    'chain', array(select told from chain),
    'candidates', array(select row_to_json(candidate) from candidate),
    'calls_today', cardinality(array(
        select 1
        from crm_call c
        where c.number = %(number)s and c.started_at > now() - interval '24 hours' and c.call_id <> %(call)s
              and eye.id is not null)),
    'unbacked', cardinality(array(
        select 1
        from widget_cardview v
        where v.user_id = eye.id and v.is_theirs is false and v.viewed_at > now() - interval '1 hour')),
    'record', ({record})
)::text
from (select) anybody
left join eye on true
