-- What the card says about the best record, contact_id or else account_id: a JSON object, or null where he may not see it.
-- Each part by its own team: a person one may see can have a company, notes and tasks that one may not.
-- A person's card tells what is the person's, a company's what is the company's (lists.sql).
select case
    when c.id is not null then {of_contact}
    when b.contact_id is null and a.id is not null then {of_account} end
from best b
left join lateral (
    select c.id, c.account_id,
           json_build_object(
               'id', c.id, 'first_name', c.first_name, 'last_name', c.last_name, 'job_title', c.job_title, 'stage', c.stage,
               'language', c.language, 'do_not_call', c.do_not_call, 'is_vip', c.is_vip, 'alert', c.alert,
               'address', c.address, 'description', c.description, 'custom', c.custom,
               'owner_id', c.owner_id) as told
    from crm_contact c
    where c.id = b.contact_id and c.hidden_at is null
          and (c.team_id is null or eye.sees_all or c.team_id = any (eye.teams))) c on true
left join lateral (
    select a.id,
           json_build_object(
               'id', a.id, 'name', a.name, 'alert', a.alert, 'website', a.website, 'address', a.address,
               'description', a.description, 'custom', a.custom) as told
    from crm_account a
    where a.id = coalesce(b.account_id, c.account_id) and a.hidden_at is null
          and (a.team_id is null or eye.sees_all or a.team_id = any (eye.teams))) a on true
