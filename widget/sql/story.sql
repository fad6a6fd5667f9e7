-- The card's part about one record, for when the agent or a rule chose another than the card's statement did.
with viewer as (select id, role from crm_user where id = %(user)s)
select {record}::text
from (select %(contact)s::bigint as contact_id, %(account)s::bigint as account_id) b
