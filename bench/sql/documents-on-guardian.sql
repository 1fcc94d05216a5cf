-- The documents' functions and six indexes (SQL migration scripts, steps 2.2 and 2.3) on the tables that were really
-- migrated: statement for statement theirs, with Guardian's names of tables and columns.
create function public.documents_available(p_organization_id uuid, p_credit_type text) returns integer as $$
declare
    available_credits integer;
begin
    select case p_credit_type
             when 'ai' then ai_credits_available
             when 'whatsapp' then whatsapp_credits_available
             when 'email' then email_credits_available
             when 'sms' then sms_credits_available
             else 0
           end
      into available_credits
      from organization_credits
     where organization_id = p_organization_id;
    return coalesce(available_credits, 0);
end;
$$ language plpgsql security definer;

create function public.documents_consume(p_organization_id uuid, p_credit_type text, p_credits integer, p_description text default null)
returns boolean as $$
declare
    available_credits integer;
    update_successful boolean := false;
begin
    available_credits := documents_available(p_organization_id, p_credit_type);
    if available_credits < p_credits then
        raise exception 'Insufficient % credits. Available: %, Required: %', p_credit_type, available_credits, p_credits;
    end if;
    case p_credit_type
        when 'ai' then
            update organization_credits set ai_credits_available = ai_credits_available - p_credits, updated_at = now()
             where organization_id = p_organization_id;
        when 'whatsapp' then
            update organization_credits set whatsapp_credits_available = whatsapp_credits_available - p_credits, updated_at = now()
             where organization_id = p_organization_id;
        when 'email' then
            update organization_credits set email_credits_available = email_credits_available - p_credits, updated_at = now()
             where organization_id = p_organization_id;
        when 'sms' then
            update organization_credits set sms_credits_available = sms_credits_available - p_credits, updated_at = now()
             where organization_id = p_organization_id;
        else
            raise exception 'Invalid credit type: %', p_credit_type;
    end case;
    get diagnostics update_successful = row_count;
    if update_successful then
        insert into credit_consumption_logs (organization_id, action_type, credits_consumed, metadata, created_at)
        values (
            p_organization_id, p_credit_type || '_consumption', p_credits,
            to_jsonb(coalesce(p_description, 'Consumed ' || p_credits || ' ' || p_credit_type || ' credits')), now()
        );
        return true;
    end if;
    return false;
end;
$$ language plpgsql security definer;

create index on public.organization_credits (organization_id, ai_credits_available, ai_credits_total) where ai_credits_available > 0;
create index on public.organization_credits (organization_id, whatsapp_credits_available, whatsapp_credits_total) where whatsapp_credits_available > 0;
create index on public.organization_credits (organization_id, email_credits_available, email_credits_total) where email_credits_available > 0;
create index on public.organization_credits (organization_id, sms_credits_available, sms_credits_total) where sms_credits_available > 0;
create index on public.organization_credits (
  organization_id, ai_credits_available, whatsapp_credits_available, email_credits_available, sms_credits_available
) where is_active;
create index on public.organization_credits (
  plan_name, ai_credits_available, whatsapp_credits_available, email_credits_available, sms_credits_available
);
