-- The documents' schema, functions and indexes, word for word (SQL migration scripts, steps 2.1 to 2.3).

-- Add new credit allocation columns
ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS ai_credits INTEGER DEFAULT 0 CHECK (ai_credits >= 0),
ADD COLUMN IF NOT EXISTS whatsapp_credits INTEGER DEFAULT 0 CHECK (whatsapp_credits >= 0),
ADD COLUMN IF NOT EXISTS email_credits INTEGER DEFAULT 0 CHECK (email_credits >= 0),
ADD COLUMN IF NOT EXISTS sms_credits INTEGER DEFAULT 0 CHECK (sms_credits >= 0);

-- Add new used credit tracking columns
ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS ai_used_credits INTEGER DEFAULT 0 CHECK (ai_used_credits >= 0),
ADD COLUMN IF NOT EXISTS whatsapp_used_credits INTEGER DEFAULT 0 CHECK (whatsapp_used_credits >= 0),
ADD COLUMN IF NOT EXISTS email_used_credits INTEGER DEFAULT 0 CHECK (email_used_credits >= 0),
ADD COLUMN IF NOT EXISTS sms_used_credits INTEGER DEFAULT 0 CHECK (sms_used_credits >= 0);

-- Add constraints to ensure used credits don't exceed allocated
ALTER TABLE organizations
ADD CONSTRAINT check_ai_credits_limit
    CHECK (ai_used_credits <= ai_credits),
ADD CONSTRAINT check_whatsapp_credits_limit
    CHECK (whatsapp_used_credits <= whatsapp_credits),
ADD CONSTRAINT check_email_credits_limit
    CHECK (email_used_credits <= email_credits),
ADD CONSTRAINT check_sms_credits_limit
    CHECK (sms_used_credits <= sms_credits);

-- Function to allocate credits based on plan type
CREATE OR REPLACE FUNCTION allocate_plan_credits(
    p_organization_id UUID,
    p_plan_type TEXT
) RETURNS VOID AS $$
BEGIN
    UPDATE organizations
    SET
        ai_credits = CASE
            WHEN p_plan_type IN ('enterprise', 'premium') THEN 1500
            ELSE GREATEST(COALESCE(total_credits, 0) * 0.4, 500)::INTEGER
        END,
        whatsapp_credits = CASE
            WHEN p_plan_type IN ('enterprise', 'premium') THEN 1200
            ELSE GREATEST(COALESCE(total_credits, 0) * 0.3, 300)::INTEGER
        END,
        email_credits = CASE
            WHEN p_plan_type IN ('enterprise', 'premium') THEN 20000
            ELSE GREATEST(COALESCE(total_credits, 0) * 0.3, 1000)::INTEGER
        END,
        sms_credits = CASE
            WHEN p_plan_type IN ('enterprise', 'premium') THEN 500
            ELSE GREATEST(COALESCE(total_credits, 0) * 0.1, 100)::INTEGER
        END,
        updated_at = NOW()
    WHERE id = p_organization_id;

    -- Log the allocation
    INSERT INTO credit_actions (
        organization_id,
        action_type,
        credits_consumed,
        description,
        created_at
    ) VALUES (
        p_organization_id,
        'allocation',
        0,
        'Multi-credit allocation for plan: ' || p_plan_type,
        NOW()
    );
END;
$$ LANGUAGE plpgsql SECURITY DEFINER;

-- Function to get available credits by type
CREATE OR REPLACE FUNCTION get_available_credits(
    p_organization_id UUID,
    p_credit_type TEXT
) RETURNS INTEGER AS $$
DECLARE
    available_credits INTEGER;
BEGIN
    SELECT
        CASE p_credit_type
            WHEN 'ai' THEN (ai_credits - ai_used_credits)
            WHEN 'whatsapp' THEN (whatsapp_credits - whatsapp_used_credits)
            WHEN 'email' THEN (email_credits - email_used_credits)
            WHEN 'sms' THEN (sms_credits - sms_used_credits)
            ELSE 0
        END
    INTO available_credits
    FROM organizations
    WHERE id = p_organization_id;

    RETURN COALESCE(available_credits, 0);
END;
$$ LANGUAGE plpgsql SECURITY DEFINER;

-- Function to consume specific credit type
CREATE OR REPLACE FUNCTION consume_specific_credits(
    p_organization_id UUID,
    p_credit_type TEXT,
    p_credits INTEGER,
    p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN AS $$
DECLARE
    available_credits INTEGER;
    update_successful BOOLEAN := FALSE;
BEGIN
    -- Check available credits
    available_credits := get_available_credits(p_organization_id, p_credit_type);

    IF available_credits < p_credits THEN
        RAISE EXCEPTION 'Insufficient % credits. Available: %, Required: %',
            p_credit_type, available_credits, p_credits;
    END IF;

    -- Update used credits based on type
    CASE p_credit_type
        WHEN 'ai' THEN
            UPDATE organizations
            SET ai_used_credits = ai_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'whatsapp' THEN
            UPDATE organizations
            SET whatsapp_used_credits = whatsapp_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'email' THEN
            UPDATE organizations
            SET email_used_credits = email_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'sms' THEN
            UPDATE organizations
            SET sms_used_credits = sms_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        ELSE
            RAISE EXCEPTION 'Invalid credit type: %', p_credit_type;
    END CASE;

    GET DIAGNOSTICS update_successful = ROW_COUNT;

    IF update_successful THEN
        -- Log the consumption
        INSERT INTO credit_actions (
            organization_id,
            action_type,
            credits_consumed,
            description,
            created_at
        ) VALUES (
            p_organization_id,
            p_credit_type || '_consumption',
            p_credits,
            COALESCE(p_description, 'Consumed ' || p_credits || ' ' || p_credit_type || ' credits'),
            NOW()
        );

        RETURN TRUE;
    END IF;

    RETURN FALSE;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER;

-- Composite indexes for credit queries
CREATE INDEX IF NOT EXISTS idx_organizations_ai_credits
ON organizations(id, ai_credits, ai_used_credits)
WHERE ai_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_whatsapp_credits
ON organizations(id, whatsapp_credits, whatsapp_used_credits)
WHERE whatsapp_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_email_credits
ON organizations(id, email_credits, email_used_credits)
WHERE email_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_sms_credits
ON organizations(id, sms_credits, sms_used_credits)
WHERE sms_credits > 0;

-- Comprehensive credit summary index
CREATE INDEX IF NOT EXISTS idx_organizations_multi_credit_summary
ON organizations(
    id,
    (ai_credits - ai_used_credits),
    (whatsapp_credits - whatsapp_used_credits),
    (email_credits - email_used_credits),
    (sms_credits - sms_used_credits)
) WHERE status = 'active';

-- Plan-based lookup index
CREATE INDEX IF NOT EXISTS idx_organizations_plan_credits
ON organizations(plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);
