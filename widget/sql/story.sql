-- The card's part about one record, for when the agent or a rule chose another than the card's statement did.
with eye as materialized (
    select u.role = 'admin' as sees_all, array(select t.team_id from crm_user_teams t where t.user_id = u.id) as teams
    from crm_user u
    where u.id = %(user)s
),
best as materialized (
    select %(contact)s::bigint as contact_id, %(account)s::bigint as account_id, %(this_call)s::bigint[] as this_call
)
select ({record})::text
from eye
