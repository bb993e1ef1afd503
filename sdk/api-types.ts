// Made by `npm run openapi` from openapi.json.

export interface paths {
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get session */
        get: operations["getSession"];
        put?: never;
        /** Start session */
        post: operations["startSession"];
        /** End session */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get session methods */
        get: operations["getSessionMethods"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/phone-numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List phone numbers */
        get: operations["listPhoneNumbers"];
        put?: never;
        /** Create phone number */
        post: operations["createPhoneNumber"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/v2/phone-numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Page phone numbers */
        get: operations["pagePhoneNumbers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/phone-numbers/{phone_number_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get phone number */
        get: operations["getPhoneNumber"];
        put?: never;
        post?: never;
        /** Delete phone number */
        delete: operations["deletePhoneNumber"];
        options?: never;
        head?: never;
        /** Update phone number */
        patch: operations["updatePhoneNumber"];
        trace?: never;
    };
    "/v1/provider-presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List provider presets */
        get: operations["listProviderPresets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-numbers/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List phone number activity */
        get: operations["listPhoneNumberActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/phone-numbers/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import phone numbers */
        post: operations["importPhoneNumbers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/agents/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create agent */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agents */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/agents/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        /** Delete agent */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        /** Update agent */
        patch: operations["updateAgent"];
        trace?: never;
    };
    "/v1/convai/agents/{agent_id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Duplicate agent */
        post: operations["duplicateAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent_id}/audio-files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agent audio files */
        get: operations["listAgentAudioFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent_id}/audio-files/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put agent audio file */
        put: operations["putAgentAudioFile"];
        post?: never;
        /** Delete agent audio file */
        delete: operations["deleteAgentAudioFile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/agents/{agent_id}/hold-audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set agent hold audio */
        post: operations["setAgentHoldAudio"];
        /** Delete agent hold audio */
        delete: operations["deleteAgentHoldAudio"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversation/get-signed-url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get signed url */
        get: operations["getSignedUrl"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversation/get_signed_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get signed url deprecated */
        get: operations["getSignedUrlDeprecated"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List conversations */
        get: operations["listConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        /** Delete conversation */
        delete: operations["deleteConversation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation summary */
        get: operations["getConversationSummary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/analytics/live-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get live count */
        get: operations["getLiveCount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send conversation feedback */
        post: operations["sendConversationFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Assign conversation tags */
        post: operations["assignConversationTags"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/tags/{tag_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Unassign conversation tag */
        delete: operations["unassignConversationTag"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List conversation tags */
        get: operations["listConversationTags"];
        put?: never;
        /** Create conversation tag */
        post: operations["createConversationTag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/tags/{tag_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation tag */
        get: operations["getConversationTag"];
        put?: never;
        post?: never;
        /** Delete conversation tag */
        delete: operations["deleteConversationTag"];
        options?: never;
        head?: never;
        /** Update conversation tag */
        patch: operations["updateConversationTag"];
        trace?: never;
    };
    "/v1/calls/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live calls as they change, over a WebSocket
         * @description Every message is a `LiveCallsMessage`: first a snapshot, then calls that ring, are answered or have ended. Sending `look` brings another snapshot. The link ends after five minutes, for the key to be looked at again.
         */
        get: operations["watchLiveCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List live calls */
        get: operations["listLiveCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get call */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hang up call */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Transfer call */
        post: operations["transferCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call_id}/dtmf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Dial call keys */
        post: operations["dialCallKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation quality */
        get: operations["getConversationQuality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation audio */
        get: operations["getConversationAudio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation recording */
        get: operations["getConversationRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get settings */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Update settings */
        patch: operations["updateSettings"];
        trace?: never;
    };
    "/v1/convai/sip-trunk/outbound-call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Outbound call */
        post: operations["outboundCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit batch call */
        post: operations["submitBatchCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batch-calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submit batch call table */
        post: operations["submitBatchCallTable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/workspace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List batch calls */
        get: operations["listBatchCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get batch call */
        get: operations["getBatchCall"];
        put?: never;
        post?: never;
        /** Delete batch call */
        delete: operations["deleteBatchCall"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/{batch_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel batch call */
        post: operations["cancelBatchCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/{batch_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retry batch call */
        post: operations["retryBatchCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/batch-calling/{batch_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export batch call */
        get: operations["exportBatchCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspace/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks */
        get: operations["listWebhooks"];
        put?: never;
        /** Create webhook */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspace/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete webhook */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /** Update webhook */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/v1/convai/conversations/{conversation_id}/sip-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List conversation sip messages */
        get: operations["listConversationSipMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conversations/{conversation_id}/pcap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get conversation pcap */
        get: operations["getConversationPcap"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convai/phone-numbers/{phone_number_id}/sip-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List phone number sip messages */
        get: operations["listPhoneNumberSipMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rejected-attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rejected attempts */
        get: operations["listRejectedAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/route-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test route */
        post: operations["testRoute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trunk-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test trunk */
        post: operations["testTrunk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create workspace */
        post: operations["createWorkspace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/workspaces/{workspace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Update workspace */
        patch: operations["updateWorkspace"];
        trace?: never;
    };
    "/v1/admin/join-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create join token */
        post: operations["createJoinToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/dns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get dns */
        get: operations["getDns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read master keys */
        get: operations["readMasterKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/reseal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reseal secrets */
        post: operations["resealSecrets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/nodes/{node_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get node as operator */
        get: operations["getNodeAsOperator"];
        put?: never;
        post?: never;
        /** Revoke node */
        delete: operations["revokeNode"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/network/ranges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List address ranges */
        get: operations["listAddressRanges"];
        put?: never;
        /** Propose address ranges */
        post: operations["proposeAddressRanges"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/network/ranges/{range_id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Activate address range */
        post: operations["activateAddressRange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/network/ranges/{range_id}/deprecate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deprecate address range */
        post: operations["deprecateAddressRange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/network/ranges/{range_id}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove address range */
        post: operations["removeAddressRange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/network/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List feed subscriptions */
        get: operations["listFeedSubscriptions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/network-readers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List network readers */
        get: operations["listNetworkReaders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List api keys */
        get: operations["listApiKeys"];
        put?: never;
        /** Create api key */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get own api key */
        get: operations["getOwnApiKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{api_key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get api key */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /** Revoke api key */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        /** Update api key */
        patch: operations["updateApiKey"];
        trace?: never;
    };
    "/v1/api-keys/{api_key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rotate api key */
        post: operations["rotateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List audit log */
        get: operations["listAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit-log/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Verify audit log */
        get: operations["verifyAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List platform audit log */
        get: operations["listPlatformAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/audit-log/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Verify platform audit log */
        get: operations["verifyPlatformAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get usage */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get limits */
        get: operations["getLimits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List workspaces */
        get: operations["listWorkspaces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workspaces/{workspace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get workspace */
        get: operations["getWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nodes */
        get: operations["listNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{node_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get node */
        get: operations["getNode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nodes/{node_id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Drain node */
        post: operations["drainNode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/regions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List regions */
        get: operations["listRegions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nodes as operator */
        get: operations["listNodesAsOperator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/nodes/{node_id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Drain node as operator */
        post: operations["drainNodeAsOperator"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/regions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List regions as operator */
        get: operations["listRegionsAsOperator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhook endpoints */
        get: operations["listWebhookEndpoints"];
        put?: never;
        /** Create webhook endpoint */
        post: operations["createWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{webhook_endpoint_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get webhook endpoint */
        get: operations["getWebhookEndpoint"];
        put?: never;
        post?: never;
        /** Delete webhook endpoint */
        delete: operations["deleteWebhookEndpoint"];
        options?: never;
        head?: never;
        /** Update webhook endpoint */
        patch: operations["updateWebhookEndpoint"];
        trace?: never;
    };
    "/v1/webhook-endpoints/{webhook_endpoint_id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rotate webhook endpoint secret */
        post: operations["rotateWebhookEndpointSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{webhook_endpoint_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test webhook endpoint */
        post: operations["testWebhookEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhook deliveries */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries/{webhook_delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get webhook delivery */
        get: operations["getWebhookDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries/{webhook_delivery_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replay webhook delivery */
        post: operations["replayWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-deliveries/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replay webhook deliveries */
        post: operations["replayWebhookDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The published static addresses, as a page */
        get: operations["getNetworkPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/network/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The published static addresses, in one of many formats
         * @description The page at `/network` names the files; some have a folder in their name.
         */
        get: operations["getNetworkFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys that the published addresses are signed with (RFC 7517) */
        get: operations["getSignatureKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/ip-ranges.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leads to `/network/ip-ranges.json` */
        get: operations["findAddressRanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/network/echo-reports/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a call to `sip:echo@` has shown of the way to us
         * @description Needs no key: the token is in the `Call-Info` header of the call's 200. Kept for an hour after the call.
         */
        get: operations["getEchoReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recordings/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A recording, by the address that `getConversationRecording` gives
         * @description Good for five minutes, for whoever has the address.
         */
        get: operations["downloadRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/errors.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every code of an error, with what to do about it */
        get: operations["listErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same, as a page */
        get: operations["getErrorPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document, as a page */
        get: operations["getDocumentation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    post_call_transcription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description After every call, but outbound calls that never were answered, to each enabled webhook. `ElevenLabs-Signature` holds `t=<unix seconds>,v0=<hex HMAC-SHA-256 of "<t>.<body>">`; `Webhook-Id` is the same over all attempts. */
        post: operations["postCallTranscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    call_initiation_failure: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description After an outbound call that never was answered, instead of `post_call_transcription`; signed alike. */
        post: operations["callInitiationFailure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    answering_machine_detection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Once in an outbound call whose agent has voicemail detection, when it is known who has answered, while the call lasts; signed alike. A beep that comes later is in the conversation. */
        post: operations["answeringMachineDetection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "network.ranges.scheduled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description A version of the published block announces what takes effect later: allow it until then. To the endpoints of every workspace that name the type, or want everything in the style `standard`. */
        post: operations["networkRangesScheduled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "network.ranges.changed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description A version of the published block has changed what is in use; posted alike. */
        post: operations["networkRangesChanged"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook_endpoint.disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Another endpoint of the workspace was disabled, because it answered 410 or nothing got through for days. */
        post: operations["webhookEndpointDisabled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        Agent: {
            agent_id: string;
            name: string;
            conversation_config: {
                [key: string]: unknown;
            };
            metadata: {
                created_at_unix_secs: number;
                updated_at_unix_secs: number;
            };
            platform_settings: {
                [key: string]: unknown;
            };
            phone_numbers: components["schemas"]["PhoneNumber"][];
            tags: string[];
            connection: {
                /** @enum {string} */
                protocol: "builtin";
            } | {
                /** @enum {string} */
                protocol: "native";
                url: string;
                header_names: string[];
            } | {
                /** @enum {string} */
                protocol: "twilio" | "telnyx";
                url: string;
                header_names: string[];
                has_auth_token: boolean;
            } | {
                /** @enum {string} */
                protocol: "openai";
                url: string;
                header_names: string[];
                model: string;
                session: {
                    [key: string]: unknown;
                };
                speaks_first: boolean;
                functions: ("end_call" | "transfer_call" | "send_digits")[];
                has_api_key: boolean;
            } | {
                /** @enum {string} */
                protocol: "elevenlabs";
                agent_id: string;
                url: string;
                header_names: string[];
                has_api_key: boolean;
            };
        } & {
            [key: string]: unknown;
        };
        AnsweringMachineDetectionEvent: {
            /** @enum {string} */
            type: "answering_machine_detection";
            event_timestamp: number;
            data: {
                /** @enum {string} */
                verdict: "human" | "machine" | "machine_beep" | "unknown";
                confidence: number;
                /** @enum {string} */
                cause: "short_greeting" | "long_greeting" | "beep" | "network_announcement" | "no_speech" | "undecided";
                at_ms: number;
                beep_at_ms: number | null;
                /** @enum {string} */
                action: "hang_up" | "leave_message" | "continue";
                message: {
                    at_ms: number;
                    /** @enum {string} */
                    after: "beep" | "greeting_end" | "timeout";
                } | null;
                agent_id: string;
                conversation_id: string;
                from_number: string;
                to_number: string;
                call_sid: string;
            };
        };
        BatchCall: {
            id: string;
            phone_number_id: string | null;
            /** @enum {string|null} */
            phone_provider: "sip_trunk" | null;
            whatsapp_params: null;
            name: string;
            agent_id: string;
            branch_id: string | null;
            environment: string | null;
            created_at_unix: number;
            scheduled_time_unix: number;
            timezone: string | null;
            total_calls_dispatched: number;
            total_calls_scheduled: number;
            total_calls_finished: number;
            last_updated_at_unix: number;
            /** @enum {string} */
            status: "pending" | "in_progress" | "completed" | "failed" | "cancelled";
            retry_count: number;
            telephony_call_config: {
                ringing_timeout_secs: number;
                twilio_call_recording_enabled: boolean;
            };
            target_concurrency_limit: number | null;
            agent_name: string;
            branch_name: string | null;
        };
        Call: {
            call_id: string;
            conversation_id: string;
            /** @enum {string} */
            status: "ringing" | "in_progress" | "ended";
            /** @enum {string} */
            direction: "inbound" | "outbound";
            agent_id: string;
            agent_name: string;
            phone_number_id: string;
            agent_number: string;
            external_number: string;
            started_at: string;
            answered_at: string | null;
            ended_at: string | null;
            duration_secs: number | null;
            end: {
                code: string;
                reason: string;
            } | null;
        };
        CallAction: {
            call_id: string;
            /** @enum {string} */
            action: "hangup" | "transfer" | "dtmf";
            /** @enum {string} */
            status: "done" | "started";
        };
        CallInitiationFailureEvent: {
            /** @enum {string} */
            type: "call_initiation_failure";
            event_timestamp: number;
            data: {
                agent_id: string;
                conversation_id: string;
                /** @enum {string} */
                failure_reason: "busy" | "no-answer" | "unknown";
                metadata: {
                    /** @enum {string} */
                    type: "sip";
                    body: {
                        from_number: string;
                        to_number: string;
                        sip_status_code: number;
                        error_reason: string;
                        call_sid: string;
                        sip_status?: string;
                        twirp_code: string;
                    };
                };
            };
        };
        Conversation: {
            agent_id: string;
            agent_name: string | null;
            /** @enum {string} */
            status: "initiated" | "in-progress" | "processing" | "done" | "failed";
            user_id: string | null;
            branch_id: string | null;
            version_id: string | null;
            environment: string;
            conversation_id: string;
            has_audio: boolean;
            has_user_audio: boolean;
            has_response_audio: boolean;
            has_auxiliary_audio: boolean;
            transcript: {
                /** @enum {string} */
                role: "user" | "agent";
                message: string;
                tool_calls: {
                    [key: string]: unknown;
                }[];
                tool_results: {
                    [key: string]: unknown;
                }[];
                time_in_call_secs: number;
                interrupted: boolean;
                original_message: string | null;
                /** @enum {string|null} */
                source_medium: "audio" | null;
            }[];
            tag_ids: string[];
            analysis: null;
            conversation_initiation_client_data: {
                conversation_config_override: {
                    [key: string]: unknown;
                };
                custom_llm_extra_body: {
                    [key: string]: unknown;
                };
                dynamic_variables: {
                    [key: string]: string | number | boolean;
                };
            };
            metadata: {
                start_time_unix_secs: number;
                accepted_time_unix_secs: number | null;
                call_duration_secs: number;
                queue_wait_secs?: number;
                cost: number | null;
                cost_fiat: number | null;
                feedback: {
                    /** @enum {string|null} */
                    type: "thumbs" | null;
                    /** @enum {string|null} */
                    overall_score: "like" | "dislike" | null;
                    likes: number;
                    dislikes: number;
                    rating: null;
                    comment: null;
                };
                phone_call: {
                    /** @enum {string} */
                    type: "sip_trunking";
                    /** @enum {string} */
                    direction: "inbound" | "outbound";
                    phone_number_id: string;
                    agent_number: string;
                    external_number: string;
                    call_sid: string;
                    call_id: string | null;
                    sip_header_dynamic_variables: {
                        [key: string]: string;
                    };
                };
                batch_call?: {
                    batch_call_id: string;
                    batch_call_recipient_id: string;
                };
                termination_reason: string;
                error: {
                    code: number;
                    reason: string | null;
                } | null;
                warnings: string[];
                main_language: string | null;
                text_only: boolean;
                /** @enum {string} */
                conversation_initiation_source: "sip_trunk";
                timezone: string | null;
                features_usage: {
                    voicemail_detection: {
                        enabled: boolean;
                        used: boolean;
                    };
                };
            };
            end: {
                code: string;
                blame: string;
                sip_status: number | null;
            } | null;
            quality: {
                codec: string;
                srtp_suite: string | null;
                receive: {
                    mos: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    jitter_ms: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    loss_percent: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    packets: number;
                    packets_lost: number;
                };
                send: {
                    mos: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    jitter_ms: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    loss_percent: {
                        min: number;
                        avg: number;
                        max: number;
                    } | null;
                    packets: number;
                    packets_lost: number;
                };
                round_trip_ms: {
                    min: number;
                    avg: number;
                    max: number;
                } | null;
            } | null;
            answering_machine_detection: {
                /** @enum {string} */
                verdict: "human" | "machine" | "machine_beep" | "unknown";
                confidence: number;
                /** @enum {string} */
                cause: "short_greeting" | "long_greeting" | "beep" | "network_announcement" | "no_speech" | "undecided";
                at_ms: number;
                beep_at_ms: number | null;
                /** @enum {string} */
                action: "hang_up" | "leave_message" | "continue";
                message: {
                    at_ms: number;
                    /** @enum {string} */
                    after: "beep" | "greeting_end" | "timeout";
                } | null;
            } | null;
            recording: {
                /** @enum {string} */
                state: "recording" | "uploading" | "ready" | "failed";
                code: string | null;
                /** @enum {string} */
                format: "mp3" | "wav";
                duration_secs: number | null;
                bytes: number | null;
                is_complete: boolean | null;
            } | null;
            transfers: {
                /** @enum {string} */
                method: "refer" | "conference";
                destination: string;
                /** @enum {string} */
                outcome: "succeeded" | "failed";
                sip_status: number | null;
                reason: string;
                time_unix_secs: number;
            }[];
        };
        CreateAgent: {
            /** @default {} */
            conversation_config?: {
                conversation?: ({
                    max_duration_seconds?: number;
                    dtmf_input_settings?: ({
                        dtmf_input_timeout?: number;
                        hash_terminator?: boolean;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                turn?: ({
                    silence_end_call_timeout?: number | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            };
            platform_settings?: ({
                workspace_overrides?: ({
                    conversation_initiation_client_data_webhook?: ({
                        url: string;
                        request_headers?: {
                            [key: string]: string | {
                                secret_id: string;
                            };
                        } | null;
                        timeout_ms?: number | null;
                        /** @enum {string|null} */
                        on_failure?: "continue" | "reject" | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                overrides?: ({
                    enable_conversation_initiation_client_data_from_webhook?: boolean | null;
                    conversation_config_override?: {
                        [key: string]: unknown;
                    } | null;
                    custom_llm_extra_body?: boolean | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                call_limits?: ({
                    agent_concurrency_limit?: number | null;
                    daily_limit?: number | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                queueing_config?: ({
                    enabled?: boolean | null;
                    wait_timeout_seconds?: number | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            }) | null;
            name?: string | null;
            tags?: string[] | null;
            connection?: {
                /** @enum {string} */
                protocol: "builtin";
            } | {
                /** @enum {string} */
                protocol: "native";
                url: string;
                headers?: {
                    [key: string]: string;
                } | null;
            } | {
                /** @enum {string} */
                protocol: "twilio" | "telnyx";
                url: string;
                headers?: {
                    [key: string]: string;
                } | null;
                auth_token?: string | null;
            } | {
                /** @enum {string} */
                protocol: "openai";
                url?: string | null;
                headers?: {
                    [key: string]: string;
                } | null;
                model: string;
                session?: {
                    [key: string]: unknown;
                } | null;
                speaks_first?: boolean | null;
                functions?: ("end_call" | "transfer_call" | "send_digits")[] | null;
                api_key?: string | null;
            } | {
                /** @enum {string} */
                protocol: "elevenlabs";
                url?: string | null;
                headers?: {
                    [key: string]: string;
                } | null;
                agent_id: string;
                api_key?: string | null;
            } | null;
            transfer_destinations?: string[] | null;
            voicemail_detection?: ({
                /** @enum {string} */
                action: "off" | "hang_up" | "leave_message" | "continue";
                message?: string | null;
                decision_timeout_secs?: number | null;
                beep_timeout_secs?: number | null;
            } & {
                [key: string]: unknown;
            }) | null;
            fallback?: {
                /** @enum {string} */
                action: "hang_up";
            } | {
                /** @enum {string} */
                action: "announcement";
                audio_file: string;
            } | {
                /** @enum {string} */
                action: "transfer";
                destination: string;
                /**
                 * @default conference
                 * @enum {string}
                 */
                method?: "conference" | "refer";
            } | null;
            recording?: ({
                enabled?: boolean | null;
                /** @enum {string|null} */
                format?: "mp3" | "wav" | null;
                retention_days?: number | null;
            } & {
                [key: string]: unknown;
            }) | null;
        } & {
            [key: string]: unknown;
        };
        CreatePhoneNumber: {
            phone_number: string;
            label: string;
            /**
             * @default sip_trunk
             * @enum {string}
             */
            provider?: "sip_trunk" | "twilio" | "exotel";
            agent_id?: string | null;
            /** @default true */
            supports_inbound?: boolean;
            /** @default true */
            supports_outbound?: boolean;
            inbound_trunk_config?: components["schemas"]["InboundTrunkConfig"] | null;
            outbound_trunk_config?: {
                address: string;
                port?: number | null;
                /**
                 * @default auto
                 * @enum {string}
                 */
                transport?: "auto" | "udp" | "tcp" | "tls";
                /**
                 * @default allowed
                 * @enum {string}
                 */
                media_encryption?: "required" | "allowed" | "disabled";
                /** @default {} */
                headers?: {
                    [key: string]: string;
                };
                /** @default {} */
                attributes_to_headers?: {
                    [key: string]: string;
                };
                credentials?: {
                    username: string;
                    password?: string | null;
                } | null;
                /** @default [] */
                enabled_codecs?: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                caller_identity?: {
                    /**
                     * @default number
                     * @enum {string}
                     */
                    from_user?: "number" | "username";
                    /**
                     * @default none
                     * @enum {string}
                     */
                    asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                    /**
                     * @default as_given
                     * @enum {string}
                     */
                    number_form?: "as_given" | "e164" | "e164_without_plus";
                } | null;
                /** @default false */
                insecure_sdes?: boolean;
                calls_per_second?: number | null;
                remote_domains?: string[] | null;
                /**
                 * @default tel
                 * @enum {string}
                 */
                phone_transfer_form?: "tel" | "sip";
                /** @default false */
                allow_refer?: boolean;
            } | null;
            transfer_destinations?: string[] | null;
            provider_preset?: string | null;
        };
        InboundTrunkConfig: {
            allowed_addresses?: string[] | null;
            allowed_numbers?: string[] | null;
            /**
             * @default allowed
             * @enum {string}
             */
            media_encryption?: "required" | "allowed" | "disabled";
            credentials?: {
                username: string;
                password?: string | null;
            } | null;
            remote_domains?: string[] | null;
            /** @default {} */
            attributes_to_headers?: {
                [key: string]: string;
            };
            /** @default [] */
            enabled_codecs?: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
            country?: string | null;
            /**
             * @default MD5
             * @enum {string}
             */
            digest_algorithm?: "MD5" | "SHA-256";
            /** @default 401 */
            digest_challenge?: 401 | 407;
            tls_identities?: string[] | null;
            /**
             * @default tel
             * @enum {string}
             */
            phone_transfer_form?: "tel" | "sip";
            /** @default false */
            allow_refer?: boolean;
            calls_per_second?: number | null;
        };
        LiveCallsMessage: {
            /** @enum {string} */
            type: "snapshot";
            calls: components["schemas"]["Call"][];
            has_more: boolean;
        } | {
            /** @enum {string} */
            type: "calls";
            calls: components["schemas"]["Call"][];
        };
        NumberImportResult: {
            index: number;
            /** @enum {string} */
            status: "imported";
            phone_number_id: string;
            e164: string | null;
            /** @enum {boolean} */
            replayed: false;
            routing_revision: number;
        } | {
            index: number;
            /** @enum {string} */
            status: "imported";
            phone_number_id: string;
            /** @enum {boolean} */
            replayed: true;
        } | {
            index: number;
            /** @enum {string} */
            status: "failed";
            problem: components["schemas"]["Problem"];
        };
        OutboundCall: {
            success: boolean;
            message: string;
            conversation_id: string | null;
            sip_call_id: string | null;
        };
        PhoneNumber: {
            phone_number_id: string;
            phone_number: string;
            e164: string | null;
            label: string;
            /** @enum {string} */
            provider: "sip_trunk";
            supports_inbound: boolean;
            supports_outbound: boolean;
            assigned_agent: {
                agent_id: string;
                agent_name: string;
                environment: string | null;
                branch_id: string | null;
            } | null;
            provider_config: {
                address: string;
                port: number | null;
                /** @enum {string} */
                transport: "auto" | "udp" | "tcp" | "tls";
                /** @enum {string} */
                media_encryption: "required" | "allowed" | "disabled";
                headers: {
                    [key: string]: string;
                };
                attributes_to_headers: {
                    [key: string]: string;
                };
                has_auth_credentials: boolean;
                username: string | null;
                has_outbound_trunk: boolean;
                enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                caller_identity: {
                    /**
                     * @default number
                     * @enum {string}
                     */
                    from_user?: "number" | "username";
                    /**
                     * @default none
                     * @enum {string}
                     */
                    asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                    /**
                     * @default as_given
                     * @enum {string}
                     */
                    number_form?: "as_given" | "e164" | "e164_without_plus";
                };
                insecure_sdes: boolean;
                calls_per_second: number | null;
                remote_domains: string[] | null;
                /** @enum {string} */
                phone_transfer_form: "tel" | "sip";
                allow_refer: boolean;
            } | null;
            outbound_trunk: {
                address: string;
                port: number | null;
                /** @enum {string} */
                transport: "auto" | "udp" | "tcp" | "tls";
                /** @enum {string} */
                media_encryption: "required" | "allowed" | "disabled";
                headers: {
                    [key: string]: string;
                };
                attributes_to_headers: {
                    [key: string]: string;
                };
                has_auth_credentials: boolean;
                username: string | null;
                has_outbound_trunk: boolean;
                enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                caller_identity: {
                    /**
                     * @default number
                     * @enum {string}
                     */
                    from_user?: "number" | "username";
                    /**
                     * @default none
                     * @enum {string}
                     */
                    asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                    /**
                     * @default as_given
                     * @enum {string}
                     */
                    number_form?: "as_given" | "e164" | "e164_without_plus";
                };
                insecure_sdes: boolean;
                calls_per_second: number | null;
                remote_domains: string[] | null;
                /** @enum {string} */
                phone_transfer_form: "tel" | "sip";
                allow_refer: boolean;
            } | null;
            inbound_trunk: {
                allowed_addresses: string[];
                allowed_numbers: string[] | null;
                /** @enum {string} */
                media_encryption: "required" | "allowed" | "disabled";
                has_auth_credentials: boolean;
                username: string | null;
                remote_domains: string[] | null;
                attributes_to_headers: {
                    [key: string]: string;
                };
                enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                country: string | null;
                /** @enum {string} */
                digest_algorithm: "MD5" | "SHA-256";
                digest_challenge: 401 | 407;
                tls_identities: string[] | null;
                /** @enum {string} */
                phone_transfer_form: "tel" | "sip";
                allow_refer: boolean;
                calls_per_second: number | null;
                open: boolean;
            } | null;
            /** @enum {string} */
            livekit_stack: "standard" | "static";
            store_sip_messages: boolean;
            transfer_destinations: string[];
            provider_preset: string | null;
            warnings: {
                pointer: string;
                code: string;
                detail: string;
                hint?: string;
            }[];
        };
        PlaceOutboundCall: {
            agent_id: string;
            agent_phone_number_id: string;
            to_number: string;
            conversation_initiation_client_data?: ({
                /** @enum {string|null} */
                type?: "conversation_initiation_client_data" | null;
                dynamic_variables?: {
                    [key: string]: unknown;
                } | null;
                conversation_config_override?: {
                    [key: string]: unknown;
                } | null;
                custom_llm_extra_body?: {
                    [key: string]: unknown;
                } | null;
                user_id?: string | null;
                branch_id?: string | null;
                environment?: string | null;
                starting_workflow_node_id?: string | null;
                procedure_ids?: string[] | null;
            } & {
                [key: string]: unknown;
            }) | null;
            telephony_call_config?: {
                /** @default 60 */
                ringing_timeout_secs?: number;
                twilio_call_recording_enabled?: boolean | null;
                twilio_machine_detection?: unknown;
            } | null;
        };
        PostCallTranscriptionEvent: {
            /** @enum {string} */
            type: "post_call_transcription";
            event_timestamp: number;
            data: {
                conversation_id: string;
                agent_id: string;
            } & {
                [key: string]: unknown;
            };
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            code: string;
            detail: string;
            instance: string;
            request_id: string;
            hint?: string;
            "violated-policies"?: string[];
            errors?: {
                /** @enum {string} */
                location?: "query" | "path" | "header";
                pointer: string;
                code: string;
                detail: string;
                hint?: string;
                split?: {
                    address: string;
                    port: number | null;
                    /** @enum {string|null} */
                    transport: "tcp" | "tls" | "udp" | null;
                };
            }[];
        };
        UpdatePhoneNumber: {
            agent_id?: string | null;
            label?: string | null;
            inbound_trunk_config?: components["schemas"]["InboundTrunkConfig"] | null;
            outbound_trunk_config?: {
                address: string;
                port?: number | null;
                /**
                 * @default auto
                 * @enum {string}
                 */
                transport?: "auto" | "udp" | "tcp" | "tls";
                /**
                 * @default allowed
                 * @enum {string}
                 */
                media_encryption?: "required" | "allowed" | "disabled";
                /** @default {} */
                headers?: {
                    [key: string]: string;
                };
                /** @default {} */
                attributes_to_headers?: {
                    [key: string]: string;
                };
                credentials?: {
                    username: string;
                    password?: string | null;
                } | null;
                /** @default [] */
                enabled_codecs?: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                caller_identity?: {
                    /**
                     * @default number
                     * @enum {string}
                     */
                    from_user?: "number" | "username";
                    /**
                     * @default none
                     * @enum {string}
                     */
                    asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                    /**
                     * @default as_given
                     * @enum {string}
                     */
                    number_form?: "as_given" | "e164" | "e164_without_plus";
                } | null;
                /** @default false */
                insecure_sdes?: boolean;
                calls_per_second?: number | null;
                remote_domains?: string[] | null;
                /**
                 * @default tel
                 * @enum {string}
                 */
                phone_transfer_form?: "tel" | "sip";
                /** @default false */
                allow_refer?: boolean;
            } | null;
            /** @enum {string|null} */
            livekit_stack?: "standard" | "static" | null;
            store_sip_messages?: boolean | null;
            transfer_destinations?: string[] | null;
            environment?: string | null;
            branch_id?: string | null;
            provider_preset?: string | null;
        };
        VendorError: {
            detail: {
                status: string;
                message: string;
            };
        };
        VendorValidationError: {
            detail: {
                loc: (string | number)[];
                msg: string;
                type: string;
                hint?: string;
                split?: {
                    address: string;
                    port: number | null;
                    /** @enum {string|null} */
                    transport: "tcp" | "tls" | "udp" | null;
                };
            }[];
        };
    };
    responses: {
        /** @description The body cannot be read. */
        VendorMalformedBody: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The body cannot be read. */
        MalformedBody: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No key, or one that is wrong, revoked or expired. */
        VendorNotAuthenticated: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description No key, or one that is wrong, revoked or expired. */
        NotAuthenticated: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key may not do this. */
        VendorNotAllowed: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The key may not do this. */
        NotAllowed: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is none that this key may see. */
        VendorNotFound: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description There is none that this key may see. */
        NotFound: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is not as `If-Match` says; nothing was written. */
        VendorPreconditionFailed: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description It is not as `If-Match` says; nothing was written. */
        PreconditionFailed: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large. */
        VendorBodyTooLarge: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The body is too large. */
        BodyTooLarge: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is declared as something else. */
        VendorUnsupportedMediaType: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description The body is declared as something else. */
        UnsupportedMediaType: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is not valid. */
        VendorInvalidRequest: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorValidationError"];
            };
        };
        /** @description The request is not valid. */
        InvalidRequest: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description More requests than this key may send; `Retry-After` says when to try again. */
        VendorTooManyRequests: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description More requests than this key may send; `Retry-After` says when to try again. */
        TooManyRequests: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of ours, logged under the answer's `Request-Id`. */
        VendorFault: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description A fault of ours, logged under the answer's `Request-Id`. */
        Fault: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not answered at the moment; `Retry-After` says when to try again. */
        VendorUnavailable: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["VendorError"];
            };
        };
        /** @description Not answered at the moment; `Retry-After` says when to try again. */
        Unavailable: {
            headers: {
                "Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Names the request in our logs; quote it when you ask us about it. */
        RequestId: string;
        /** @description Seconds until the request may succeed (RFC 9110 §10.2.3). */
        RetryAfter: number;
        /** @description A strong entity tag, for `If-None-Match` and `If-Match` (RFC 9110 §8.8.3). */
        ETag: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session of the cookie. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspace_id: string;
                        region: string;
                        sip_host: string;
                        api_key_id: string;
                        csrf_token: string;
                        /** Format: date-time */
                        expires_at: string;
                    };
                };
            };
            /** @description Nobody is signed in. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The page of another site asked, or none. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    api_key: string;
                };
            };
        };
        responses: {
            /** @description Signed in: the cookie stands for the key. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspace_id: string;
                        region: string;
                        sip_host: string;
                        api_key_id: string;
                        csrf_token: string;
                        /** Format: date-time */
                        expires_at: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The page of another site asked, or none. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out; also without a session. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "signed_out";
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The page of another site asked, or none. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionMethods: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How somebody may sign in here. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        api_key: true;
                        oidc: {
                            name: string;
                        } | null;
                    };
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPhoneNumbers: {
        parameters: {
            query?: {
                provider?: "sip_trunk" | "twilio" | "exotel";
                agent_id?: string;
                branch_id?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All numbers. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneNumber"][];
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    createPhoneNumber: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePhoneNumber"];
            };
        };
        responses: {
            /** @description Imported. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        phone_number_id: string;
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Calls could not be told apart. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    pagePhoneNumbers: {
        parameters: {
            query?: {
                provider?: "sip_trunk" | "twilio" | "exotel";
                agent_id?: string;
                branch_id?: string;
                page_size?: number;
                cursor?: string;
                search?: string;
                label?: string;
                phone_number?: string;
                supports_outbound?: string;
                sort_by?: "label" | "phone_number" | "agent_name" | "created_at";
                sort_direction?: "asc" | "desc";
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        phone_numbers: components["schemas"]["PhoneNumber"][];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getPhoneNumber: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                phone_number_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneNumber"];
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deletePhoneNumber: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                phone_number_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        routing_revision: number;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    updatePhoneNumber: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                phone_number_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePhoneNumber"];
            };
        };
        responses: {
            /** @description The number as it stands now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        phone_number_id: string;
                        phone_number: string;
                        e164: string | null;
                        label: string;
                        /** @enum {string} */
                        provider: "sip_trunk";
                        supports_inbound: boolean;
                        supports_outbound: boolean;
                        assigned_agent: {
                            agent_id: string;
                            agent_name: string;
                            environment: string | null;
                            branch_id: string | null;
                        } | null;
                        provider_config: {
                            address: string;
                            port: number | null;
                            /** @enum {string} */
                            transport: "auto" | "udp" | "tcp" | "tls";
                            /** @enum {string} */
                            media_encryption: "required" | "allowed" | "disabled";
                            headers: {
                                [key: string]: string;
                            };
                            attributes_to_headers: {
                                [key: string]: string;
                            };
                            has_auth_credentials: boolean;
                            username: string | null;
                            has_outbound_trunk: boolean;
                            enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                            caller_identity: {
                                /**
                                 * @default number
                                 * @enum {string}
                                 */
                                from_user?: "number" | "username";
                                /**
                                 * @default none
                                 * @enum {string}
                                 */
                                asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                                /**
                                 * @default as_given
                                 * @enum {string}
                                 */
                                number_form?: "as_given" | "e164" | "e164_without_plus";
                            };
                            insecure_sdes: boolean;
                            calls_per_second: number | null;
                            remote_domains: string[] | null;
                            /** @enum {string} */
                            phone_transfer_form: "tel" | "sip";
                            allow_refer: boolean;
                        } | null;
                        outbound_trunk: {
                            address: string;
                            port: number | null;
                            /** @enum {string} */
                            transport: "auto" | "udp" | "tcp" | "tls";
                            /** @enum {string} */
                            media_encryption: "required" | "allowed" | "disabled";
                            headers: {
                                [key: string]: string;
                            };
                            attributes_to_headers: {
                                [key: string]: string;
                            };
                            has_auth_credentials: boolean;
                            username: string | null;
                            has_outbound_trunk: boolean;
                            enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                            caller_identity: {
                                /**
                                 * @default number
                                 * @enum {string}
                                 */
                                from_user?: "number" | "username";
                                /**
                                 * @default none
                                 * @enum {string}
                                 */
                                asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                                /**
                                 * @default as_given
                                 * @enum {string}
                                 */
                                number_form?: "as_given" | "e164" | "e164_without_plus";
                            };
                            insecure_sdes: boolean;
                            calls_per_second: number | null;
                            remote_domains: string[] | null;
                            /** @enum {string} */
                            phone_transfer_form: "tel" | "sip";
                            allow_refer: boolean;
                        } | null;
                        inbound_trunk: {
                            allowed_addresses: string[];
                            allowed_numbers: string[] | null;
                            /** @enum {string} */
                            media_encryption: "required" | "allowed" | "disabled";
                            has_auth_credentials: boolean;
                            username: string | null;
                            remote_domains: string[] | null;
                            attributes_to_headers: {
                                [key: string]: string;
                            };
                            enabled_codecs: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                            country: string | null;
                            /** @enum {string} */
                            digest_algorithm: "MD5" | "SHA-256";
                            digest_challenge: 401 | 407;
                            tls_identities: string[] | null;
                            /** @enum {string} */
                            phone_transfer_form: "tel" | "sip";
                            allow_refer: boolean;
                            calls_per_second: number | null;
                            open: boolean;
                        } | null;
                        /** @enum {string} */
                        livekit_stack: "standard" | "static";
                        store_sip_messages: boolean;
                        transfer_destinations: string[];
                        provider_preset: string | null;
                        warnings: {
                            pointer: string;
                            code: string;
                            detail: string;
                            hint?: string;
                        }[];
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Calls could not be told apart. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listProviderPresets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, with the sources of what they say. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            name: string;
                            /** @enum {string} */
                            kind: "pbx" | "registration_only" | "static";
                            reason: string | null;
                            outbound: {
                                address: string | null;
                                domains: string[];
                                transports: ("tcp" | "tls" | "udp")[];
                                port: number | null;
                                codecs: string[];
                            } | null;
                            inbound: {
                                addresses: string[];
                                remote_domains: string[];
                            } | null;
                            authentication: ("address" | "both" | "credentials")[];
                            notes: string[];
                            sources: {
                                url: string;
                                says: string;
                            }[];
                            fill: {
                                outbound_trunk_config: {
                                    [key: string]: unknown;
                                } | null;
                                inbound_trunk_config: {
                                    [key: string]: unknown;
                                } | null;
                            } | null;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPhoneNumberActivity: {
        parameters: {
            query: {
                phone_number_ids: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each of the numbers that this key may see, in the order of the request. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            phone_number_id: string;
                            region: string;
                            /** @enum {string} */
                            trunk_health: "failing" | "refusing" | "unused" | "working";
                            last_call: {
                                conversation_id: string;
                                started_at: string;
                                status: string;
                            } | null;
                            problem: {
                                code: string;
                                reason: string;
                                at: string;
                            } | null;
                            live_calls: number;
                            open_batch_calls: number;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importPhoneNumbers: {
        parameters: {
            query?: {
                split_addresses?: string;
            };
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description A line for each number, as `POST /v1/convai/phone-numbers` takes it. */
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description A `NumberImportResult` a line for each row, in their order and as soon as it is known. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["MalformedBody"];
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The file is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as lines of JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateAgent"];
            };
        };
        responses: {
            /** @description Created. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agent_id: string;
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
                search?: string;
                archived?: string;
                show_only_owned_agents?: string;
                created_by_user_id?: string;
                sort_by?: "name" | "created_at";
                sort_direction?: "asc" | "desc";
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agents: {
                            agent_id: string;
                            name: string;
                            tags: string[];
                            voice_id: string;
                            created_at_unix_secs: number;
                            access_info: {
                                is_creator: boolean;
                                creator_name: string;
                                creator_email: string;
                                /** @enum {string} */
                                role: "admin";
                            };
                            last_call_time_unix_secs: number | null;
                            archived: boolean;
                        }[];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The agent. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted; its numbers have no agent. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        routing_revision: number;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    updateAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    conversation_config?: ({
                        conversation?: ({
                            max_duration_seconds?: number;
                            dtmf_input_settings?: ({
                                dtmf_input_timeout?: number;
                                hash_terminator?: boolean;
                            } & {
                                [key: string]: unknown;
                            }) | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        turn?: ({
                            silence_end_call_timeout?: number | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    platform_settings?: ({
                        workspace_overrides?: ({
                            conversation_initiation_client_data_webhook?: ({
                                url: string;
                                request_headers?: {
                                    [key: string]: string | {
                                        secret_id: string;
                                    };
                                } | null;
                                timeout_ms?: number | null;
                                /** @enum {string|null} */
                                on_failure?: "continue" | "reject" | null;
                            } & {
                                [key: string]: unknown;
                            }) | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        overrides?: ({
                            enable_conversation_initiation_client_data_from_webhook?: boolean | null;
                            conversation_config_override?: {
                                [key: string]: unknown;
                            } | null;
                            custom_llm_extra_body?: boolean | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        call_limits?: ({
                            agent_concurrency_limit?: number | null;
                            daily_limit?: number | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                        queueing_config?: ({
                            enabled?: boolean | null;
                            wait_timeout_seconds?: number | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    name?: string | null;
                    tags?: string[] | null;
                    connection?: {
                        /** @enum {string} */
                        protocol: "builtin";
                    } | {
                        /** @enum {string} */
                        protocol: "native";
                        url: string;
                        headers?: {
                            [key: string]: string;
                        } | null;
                    } | {
                        /** @enum {string} */
                        protocol: "twilio" | "telnyx";
                        url: string;
                        headers?: {
                            [key: string]: string;
                        } | null;
                        auth_token?: string | null;
                    } | {
                        /** @enum {string} */
                        protocol: "openai";
                        url?: string | null;
                        headers?: {
                            [key: string]: string;
                        } | null;
                        model: string;
                        session?: {
                            [key: string]: unknown;
                        } | null;
                        speaks_first?: boolean | null;
                        functions?: ("end_call" | "transfer_call" | "send_digits")[] | null;
                        api_key?: string | null;
                    } | {
                        /** @enum {string} */
                        protocol: "elevenlabs";
                        url?: string | null;
                        headers?: {
                            [key: string]: string;
                        } | null;
                        agent_id: string;
                        api_key?: string | null;
                    } | null;
                    transfer_destinations?: string[] | null;
                    voicemail_detection?: ({
                        /** @enum {string} */
                        action: "off" | "hang_up" | "leave_message" | "continue";
                        message?: string | null;
                        decision_timeout_secs?: number | null;
                        beep_timeout_secs?: number | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    fallback?: {
                        /** @enum {string} */
                        action: "hang_up";
                    } | {
                        /** @enum {string} */
                        action: "announcement";
                        audio_file: string;
                    } | {
                        /** @enum {string} */
                        action: "transfer";
                        destination: string;
                        /**
                         * @default conference
                         * @enum {string}
                         */
                        method?: "conference" | "refer";
                    } | null;
                    recording?: ({
                        enabled?: boolean | null;
                        /** @enum {string|null} */
                        format?: "mp3" | "wav" | null;
                        retention_days?: number | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The agent as it stands now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agent_id: string;
                        name: string;
                        conversation_config: {
                            [key: string]: unknown;
                        };
                        metadata: {
                            created_at_unix_secs: number;
                            updated_at_unix_secs: number;
                        };
                        platform_settings: {
                            [key: string]: unknown;
                        };
                        phone_numbers: components["schemas"]["PhoneNumber"][];
                        tags: string[];
                        connection: {
                            /** @enum {string} */
                            protocol: "builtin";
                        } | {
                            /** @enum {string} */
                            protocol: "native";
                            url: string;
                            header_names: string[];
                        } | {
                            /** @enum {string} */
                            protocol: "twilio" | "telnyx";
                            url: string;
                            header_names: string[];
                            has_auth_token: boolean;
                        } | {
                            /** @enum {string} */
                            protocol: "openai";
                            url: string;
                            header_names: string[];
                            model: string;
                            session: {
                                [key: string]: unknown;
                            };
                            speaks_first: boolean;
                            functions: ("end_call" | "transfer_call" | "send_digits")[];
                            has_api_key: boolean;
                        } | {
                            /** @enum {string} */
                            protocol: "elevenlabs";
                            agent_id: string;
                            url: string;
                            header_names: string[];
                            has_api_key: boolean;
                        };
                        routing_revision: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    duplicateAgent: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string | null;
                };
            };
        };
        responses: {
            /** @description Another one like it, with no number. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agent_id: string;
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listAgentAudioFiles: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            bytes: number;
                            duration_ms: number;
                            sha256: string;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such agent, or no such file of it. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putAgentAudioFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                agent_id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/wav": string;
            };
        };
        responses: {
            /** @description The file as nodes fetch it. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        bytes: number;
                        duration_ms: number;
                        sha256: string;
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such agent, or no such file of it. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The agent has as many files as it may. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as `audio/wav`. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAgentAudioFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                agent_id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        routing_revision: number;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such agent, or no such file of it. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The agent's fallback plays it. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setAgentHoldAudio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    hold_audio_file?: string;
                };
            };
        };
        responses: {
            /** @description Played to whoever waits for the agent from now on. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agent_id: string;
                        hold_audio: {
                            audio_path: string;
                            /** @enum {string} */
                            audio_url: "";
                            original_filename: string;
                            duration_secs: number;
                            size_bytes: number;
                        };
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteAgentHoldAudio: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted: they hear the tone again. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        agent_id: string;
                        routing_revision: number;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getSignedUrl: {
        parameters: {
            query: {
                agent_id: string;
                include_conversation_id?: string;
                branch_id?: string;
                environment?: string;
                debug_events_request?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Of the agent's own platform, for one conversation. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        signed_url: string;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The agent has none, or its platform has given none; the message says which. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getSignedUrlDeprecated: {
        parameters: {
            query: {
                agent_id: string;
                include_conversation_id?: string;
                branch_id?: string;
                environment?: string;
                debug_events_request?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Of the agent's own platform, for one conversation. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        signed_url: string;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The agent has none, or its platform has given none; the message says which. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listConversations: {
        parameters: {
            query?: {
                cursor?: string;
                page_size?: number;
                agent_id?: string;
                visited_agent_ids?: string | string[];
                branch_id?: string;
                visited_agent_branch_ids?: string | string[];
                user_id?: string;
                call_start_before_unix?: number;
                call_start_after_unix?: number;
                call_duration_min_secs?: number;
                call_duration_max_secs?: number;
                exclude_statuses?: ("initiated" | "in-progress" | "processing" | "done" | "failed") | ("initiated" | "in-progress" | "processing" | "done" | "failed")[];
                termination_reasons?: string | string[];
                tag_ids?: string | string[];
                call_successful?: "success" | "failure" | "unknown";
                conversation_initiation_source?: string;
                conversation_product_type?: "agents" | "speech_engine";
                text_only?: string;
                has_feedback_comment?: string;
                rating_min?: number;
                rating_max?: number;
                version_id?: string;
                parent_conversation_id?: string;
                workflow_node_entered_id?: string;
                evaluation_params?: string | string[];
                evaluation_criteria_ids?: string | string[];
                data_collection_params?: string | string[];
                data_collection_ids?: string | string[];
                tool_names?: string | string[];
                tool_names_successful?: string | string[];
                tool_names_errored?: string | string[];
                include_invalid_tool_calls?: string;
                main_languages?: string | string[];
                topic_ids?: string | string[];
                triggered_procedure_ids?: string | string[];
                guardrail_types?: string | string[];
                custom_guardrail_names?: string | string[];
                summary_mode?: "exclude" | "include";
                search?: string;
                sort_by?: "start_time" | "duration" | "agent_name";
                sort_direction?: "asc" | "desc";
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversations: {
                            agent_id: string;
                            agent_name: string | null;
                            branch_id: string | null;
                            version_id: string | null;
                            conversation_id: string;
                            start_time_unix_secs: number;
                            call_duration_secs: number;
                            message_count: number;
                            /** @enum {string} */
                            status: "initiated" | "in-progress" | "processing" | "done" | "failed";
                            termination_reason: string;
                            /** @enum {string} */
                            call_successful: "success" | "failure" | "unknown";
                            transcript_summary: string | null;
                            call_summary_title: string | null;
                            main_language: string | null;
                            /** @enum {string} */
                            conversation_initiation_source: "sip_trunk";
                            tool_names: string[];
                            /** @enum {string} */
                            direction: "inbound" | "outbound";
                            rating: number | null;
                            tag_ids: string[];
                            agent_number: string;
                            external_number: string;
                        }[];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getConversation: {
        parameters: {
            query?: {
                format?: "json";
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Erased, with all that is kept of the call and what webhooks were yet to be told. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getConversationSummary: {
        parameters: {
            query?: {
                max_messages?: number;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was said, where it is short enough. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversation_id: string;
                        agent_id: string;
                        /** @enum {string} */
                        status: "initiated" | "in-progress" | "processing" | "done" | "failed";
                        call_summary_title: null;
                        transcript_summary: null;
                        /** @enum {string} */
                        call_successful: "unknown";
                        message_count: number;
                        messages: {
                            /** @enum {string} */
                            role: "user" | "agent";
                            message: string;
                        }[] | null;
                        messages_omitted: boolean;
                        note: string;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getLiveCount: {
        parameters: {
            query?: {
                agent_id?: string;
                agent_ids?: string | string[];
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Calls that have not ended. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        count: number;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    sendConversationFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string|null} */
                    feedback?: "like" | "dislike" | null;
                };
            };
        };
        responses: {
            /** @description Kept; null takes it back. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    assignConversationTags: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    tag_ids: string[];
                };
            };
        };
        responses: {
            /** @description It has all of them. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    unassignConversationTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                conversation_id: string;
                tag_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listConversationTags: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversation_tags: {
                            tag_id: string;
                            workspace_id: string;
                            /** @enum {string} */
                            owner_user_id: "";
                            title: string;
                            description: string | null;
                            created_at_unix_secs: number;
                        }[];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    createConversationTag: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title: string;
                    description?: string | null;
                };
            };
        };
        responses: {
            /** @description Made. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tag_id: string;
                        workspace_id: string;
                        /** @enum {string} */
                        owner_user_id: "";
                        title: string;
                        description: string | null;
                        created_at_unix_secs: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getConversationTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                tag_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tag. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tag_id: string;
                        workspace_id: string;
                        /** @enum {string} */
                        owner_user_id: "";
                        title: string;
                        description: string | null;
                        created_at_unix_secs: number;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteConversationTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                tag_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone, from every conversation. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    updateConversationTag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                tag_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title?: string | null;
                    description?: string | null;
                };
            };
        };
        responses: {
            /** @description The tag as it stands now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tag_id: string;
                        workspace_id: string;
                        /** @enum {string} */
                        owner_user_id: "";
                        title: string;
                        description: string | null;
                        created_at_unix_secs: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    watchLiveCalls: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link is up. */
            101: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request asks for no WebSocket. */
            426: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLiveCalls: {
        parameters: {
            query?: {
                status?: "ringing" | "in_progress";
                direction?: "inbound" | "outbound";
                agent_id?: string;
                phone_number_id?: string;
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Calls that have not ended, newest first. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Call"][];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCall: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such call that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hangUpCall: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; a transfer has begun. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallAction"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such call that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call has ended, or is not in a state for this. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    transferCall: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    destination: string;
                    /**
                     * @default conference
                     * @enum {string}
                     */
                    method?: "conference" | "refer";
                };
            };
        };
        responses: {
            /** @description Done; a transfer has begun. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallAction"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such call that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call has ended, or is not in a state for this. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dialCallKeys: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    digits: string;
                };
            };
        };
        responses: {
            /** @description Done; a transfer has begun. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallAction"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such call that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call has ended, or is not in a state for this. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConversationQuality: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How well the call was heard, both ways, over time. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversation_id: string;
                        summary: {
                            codec: string;
                            srtp_suite: string | null;
                            receive: {
                                mos: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                jitter_ms: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                loss_percent: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                packets: number;
                                packets_lost: number;
                            };
                            send: {
                                mos: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                jitter_ms: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                loss_percent: {
                                    min: number;
                                    avg: number;
                                    max: number;
                                } | null;
                                packets: number;
                                packets_lost: number;
                            };
                            round_trip_ms: {
                                min: number;
                                avg: number;
                                max: number;
                            } | null;
                        } | null;
                        series: {
                            /** Format: date-time */
                            started_at: string;
                            at_secs: number[];
                            receive: {
                                mos: (number | null)[];
                                loss_percent: (number | null)[];
                                jitter_ms: (number | null)[];
                            };
                            send: {
                                mos: (number | null)[];
                                loss_percent: (number | null)[];
                                jitter_ms: (number | null)[];
                            };
                            round_trip_ms: (number | null)[];
                        } | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such conversation that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConversationAudio: {
        parameters: {
            query?: never;
            header?: {
                range?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recording, left the caller and right the agent. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/mpeg": string;
                    "audio/wav": string;
                };
            };
            /** @description The part of it that `Range` asks for (RFC 9110 §14). */
            206: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/mpeg": string;
                    "audio/wav": string;
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getConversationRecording: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known of it, and an address that is good for 5 min. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        state: "recording" | "uploading" | "ready" | "failed";
                        code: string | null;
                        /** @enum {string} */
                        format: "mp3" | "wav";
                        duration_secs: number | null;
                        bytes: number | null;
                        is_complete: boolean | null;
                        conversation_id: string;
                        expires_at_unix_secs: number;
                        url: string | null;
                        url_expires_at_unix_secs: number | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such conversation that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace's settings. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversation_initiation_client_data_webhook: {
                            url: string;
                            request_headers: {
                                [key: string]: {
                                    /** @enum {string} */
                                    secret_id: "stored";
                                };
                            };
                            timeout_ms: number;
                            /** @enum {string} */
                            on_failure: "continue" | "reject";
                        } | null;
                        webhooks: {
                            post_call_webhook_id?: string | null;
                            events?: string[];
                            /** @enum {string} */
                            transcript_format?: "json" | "opentelemetry";
                            send_audio?: boolean | null;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @enum {string} */
                        default_livekit_stack: "standard" | "static";
                        can_use_mcp_servers: boolean;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    conversation_initiation_client_data_webhook?: ({
                        url: string;
                        request_headers?: {
                            [key: string]: string | {
                                secret_id: string;
                            };
                        } | null;
                        timeout_ms?: number | null;
                        /** @enum {string|null} */
                        on_failure?: "continue" | "reject" | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    webhooks?: ({
                        post_call_webhook_id?: string | null;
                        events?: string[];
                        /** @enum {string} */
                        transcript_format?: "json" | "opentelemetry";
                        send_audio?: boolean | null;
                    } & {
                        [key: string]: unknown;
                    }) | null;
                    /** @enum {string|null} */
                    default_livekit_stack?: "standard" | "static" | null;
                    can_use_mcp_servers?: boolean | null;
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The settings as they stand now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        conversation_initiation_client_data_webhook: {
                            url: string;
                            request_headers: {
                                [key: string]: {
                                    /** @enum {string} */
                                    secret_id: "stored";
                                };
                            };
                            timeout_ms: number;
                            /** @enum {string} */
                            on_failure: "continue" | "reject";
                        } | null;
                        webhooks: {
                            post_call_webhook_id?: string | null;
                            events?: string[];
                            /** @enum {string} */
                            transcript_format?: "json" | "opentelemetry";
                            send_audio?: boolean | null;
                        } & {
                            [key: string]: unknown;
                        };
                        /** @enum {string} */
                        default_livekit_stack: "standard" | "static";
                        can_use_mcp_servers: boolean;
                        routing_revision: number;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    outboundCall: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceOutboundCall"];
            };
        };
        responses: {
            /** @description The call rings, is answered or being placed; or, with `success` false, has failed. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutboundCall"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description More calls a second than this key may order; `Retry-After` says when to try again. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    submitBatchCall: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    call_name: string;
                    agent_id: string;
                    recipients: {
                        id?: string | null;
                        phone_number?: string | null;
                        whatsapp_user_id?: string | null;
                        conversation_initiation_client_data?: ({
                            /** @enum {string|null} */
                            type?: "conversation_initiation_client_data" | null;
                            dynamic_variables?: {
                                [key: string]: unknown;
                            } | null;
                            conversation_config_override?: {
                                [key: string]: unknown;
                            } | null;
                            custom_llm_extra_body?: {
                                [key: string]: unknown;
                            } | null;
                            user_id?: string | null;
                            branch_id?: string | null;
                            environment?: string | null;
                            starting_workflow_node_id?: string | null;
                            procedure_ids?: string[] | null;
                        } & {
                            [key: string]: unknown;
                        }) | null;
                    }[];
                    scheduled_time_unix?: number | null;
                    agent_phone_number_id?: string | null;
                    whatsapp_params?: unknown;
                    timezone?: string | null;
                    branch_id?: string | null;
                    environment?: string | null;
                    telephony_call_config?: {
                        /** @default 60 */
                        ringing_timeout_secs?: number;
                        twilio_call_recording_enabled?: boolean | null;
                        twilio_machine_detection?: unknown;
                    } | null;
                    target_concurrency_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description Stored: it begins at its time, or at once. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCall"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    submitBatchCallTable: {
        parameters: {
            query: {
                call_name: string;
                agent_id: string;
                agent_phone_number_id: string;
                phone_number_column?: string;
                scheduled_time_unix?: string;
                timezone?: string;
                branch_id?: string;
                environment?: string;
                ringing_timeout_secs?: string;
                target_concurrency_limit?: string;
            };
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description Stored: it begins at its time, or at once. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCall"];
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBatchCalls: {
        parameters: {
            query?: {
                limit?: string;
                last_doc?: string;
                agent_id?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        batch_calls: components["schemas"]["BatchCall"][];
                        next_doc: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getBatchCall: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch with its recipients. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        phone_number_id: string | null;
                        /** @enum {string|null} */
                        phone_provider: "sip_trunk" | null;
                        whatsapp_params: null;
                        name: string;
                        agent_id: string;
                        branch_id: string | null;
                        environment: string | null;
                        created_at_unix: number;
                        scheduled_time_unix: number;
                        timezone: string | null;
                        total_calls_dispatched: number;
                        total_calls_scheduled: number;
                        total_calls_finished: number;
                        last_updated_at_unix: number;
                        /** @enum {string} */
                        status: "pending" | "in_progress" | "completed" | "failed" | "cancelled";
                        retry_count: number;
                        telephony_call_config: {
                            ringing_timeout_secs: number;
                            twilio_call_recording_enabled: boolean;
                        };
                        target_concurrency_limit: number | null;
                        agent_name: string;
                        branch_name: string | null;
                        recipients: {
                            id: string;
                            phone_number: string | null;
                            whatsapp_user_id: null;
                            /** @enum {string} */
                            status: "pending" | "dispatched" | "initiated" | "in_progress" | "completed" | "failed" | "cancelled" | "voicemail";
                            created_at_unix: number;
                            updated_at_unix: number;
                            conversation_id: string | null;
                            conversation_initiation_client_data: {
                                [key: string]: unknown;
                            } | null;
                            attempts: number;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteBatchCall: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed with its recipients; conversations stay. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    cancelBatchCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nobody else is called; calls that were dispatched go on. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCall"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The batch is in another state, or a request with the same key is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    retryBatchCall: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whoever could not be reached is called again. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchCall"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The batch is in another state, or a request with the same key is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    exportBatchCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Batch call results CSV. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The batch is in another state, or a request with the same key is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                include_usages?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhooks: {
                            name: string;
                            webhook_id: string;
                            webhook_url: string;
                            is_disabled: boolean;
                            is_auto_disabled: boolean;
                            created_at_unix: number;
                            /** @enum {string} */
                            auth_type: "hmac";
                            usage: {
                                usage_type: string;
                            }[] | null;
                            events: null;
                            most_recent_failure_error_code: number | null;
                            most_recent_failure_timestamp: null;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    settings: {
                        /** @enum {string} */
                        auth_type: "hmac";
                        name: string;
                        webhook_url: string;
                        request_headers?: {
                            [key: string]: string;
                        } | null;
                    };
                };
            };
        };
        responses: {
            /** @description Made, with its secret */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_id: string;
                        webhook_secret: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    is_disabled?: boolean;
                    name?: string;
                    /** @enum {boolean|null} */
                    retry_enabled?: true | null;
                    request_headers?: {
                        [key: string]: string;
                    } | null;
                };
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            412: components["responses"]["VendorPreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listConversationSipMessages: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest call first, each call's messages in their order. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sip_messages: {
                            call_id: string;
                            phone_numbers: string[];
                            local_address: string;
                            remote_address: string;
                            transport: string;
                            raw_message: string;
                            error_message: string | null;
                            /** @enum {string} */
                            direction: "in" | "out";
                            created_at_unix_micro: number;
                        }[];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    getConversationPcap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call's SIP messages as a capture file, in UDP datagrams that are made up around them. Credentials, keys and pressed digits were left out when they were kept. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.tcpdump.pcap": string;
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPhoneNumberSipMessages: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                phone_number_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The newest call first, each call's messages in their order. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sip_messages: {
                            call_id: string;
                            phone_numbers: string[];
                            local_address: string;
                            remote_address: string;
                            transport: string;
                            raw_message: string;
                            error_message: string | null;
                            /** @enum {string} */
                            direction: "in" | "out";
                            created_at_unix_micro: number;
                        }[];
                        next_cursor: string | null;
                        has_more: boolean;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorValidationError"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorError"];
                };
            };
        };
    };
    listRejectedAttempts: {
        parameters: {
            query?: {
                phone_number_id?: string;
                code?: string;
                after?: string;
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Refused INVITEs, newest first; they are kept for seven days where the deployment says nothing else. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            phone_number_id: string | null;
                            conversation_id: string | null;
                            code: string;
                            sip_status: number;
                            reason: string;
                            hint: string | null;
                            source_address: string | null;
                            source_port: number;
                            /** @enum {string} */
                            transport: "tcp" | "tls" | "udp";
                            request_user: string;
                            request_host: string;
                            to_user: string;
                            from_user: string;
                            sip_call_id: string;
                            attempts: number;
                            /** Format: date-time */
                            first_at: string;
                            /** Format: date-time */
                            last_at: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testRoute: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    source_address: string;
                    phone_number?: string;
                    request_uri?: {
                        user: string;
                        host: string;
                    };
                    /**
                     * @default tls
                     * @enum {string}
                     */
                    transport?: "tcp" | "tls" | "udp";
                    /** @default  */
                    from?: string;
                    /** @default {} */
                    headers?: {
                        [key: string]: string;
                    };
                    sdp?: string;
                    /** @default [] */
                    tls_identities?: string[];
                };
            };
        };
        responses: {
            /** @description What a node would do with such an INVITE, and why. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accepted: boolean;
                        code: string | null;
                        sip_status: number | null;
                        phone_number_id: string | null;
                        phone_number: string | null;
                        matched_by: string | null;
                        inbound_trunk_id: string | null;
                        agent_id: string | null;
                        agent_name: string | null;
                        media: {
                            codec: string;
                            srtp_suite: string | null;
                        } | null;
                        dynamic_variables: {
                            [key: string]: string;
                        };
                        rules: {
                            /** @enum {string} */
                            rule: "number" | "source" | "digest" | "callers" | "agent" | "limits" | "media";
                            /** @enum {string} */
                            outcome: "passed" | "refused" | "not_tested";
                            code: string | null;
                            detail: string;
                            hint: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testTrunk: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    phone_number_id?: string;
                    outbound_trunk_config?: {
                        address: string;
                        port?: number | null;
                        /**
                         * @default auto
                         * @enum {string}
                         */
                        transport?: "auto" | "udp" | "tcp" | "tls";
                        /**
                         * @default allowed
                         * @enum {string}
                         */
                        media_encryption?: "required" | "allowed" | "disabled";
                        /** @default {} */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @default {} */
                        attributes_to_headers?: {
                            [key: string]: string;
                        };
                        credentials?: {
                            username: string;
                            password?: string | null;
                        } | null;
                        /** @default [] */
                        enabled_codecs?: ("G722/8000" | "PCMU/8000" | "PCMA/8000")[];
                        caller_identity?: {
                            /**
                             * @default number
                             * @enum {string}
                             */
                            from_user?: "number" | "username";
                            /**
                             * @default none
                             * @enum {string}
                             */
                            asserted_identity?: "none" | "p_asserted_identity" | "p_preferred_identity";
                            /**
                             * @default as_given
                             * @enum {string}
                             */
                            number_form?: "as_given" | "e164" | "e164_without_plus";
                        } | null;
                        /** @default false */
                        insecure_sdes?: boolean;
                        calls_per_second?: number | null;
                        remote_domains?: string[] | null;
                        /**
                         * @default tel
                         * @enum {string}
                         */
                        phone_transfer_form?: "tel" | "sip";
                        /** @default false */
                        allow_refer?: boolean;
                    };
                    caller?: string;
                    invite?: {
                        to: string;
                    };
                };
            };
        };
        responses: {
            /** @description Each stage as it ends, one JSON object a line; one object of all with `Accept: application/json`. */
            200: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        trunk_test_id: string;
                        region: string;
                        node_id: string;
                        /** @enum {string} */
                        verdict: "passed" | "failed" | "incomplete";
                        /** @enum {string|null} */
                        failed_stage: "dns" | "tcp" | "tls" | "options" | "digest" | "invite" | null;
                        stages: {
                            /** @enum {string} */
                            stage: "dns" | "tcp" | "tls" | "options" | "digest" | "invite";
                            /** @enum {string} */
                            status: "ok" | "failed" | "skipped";
                            duration_ms: number;
                            detail: string;
                            facts: {
                                lookups?: {
                                    /** @enum {string} */
                                    type: "NAPTR" | "SRV" | "A" | "AAAA";
                                    name: string;
                                    records: string[];
                                    error: string | null;
                                }[];
                                targets?: {
                                    address: string;
                                    port: number;
                                    /** @enum {string} */
                                    transport: "tcp" | "tls" | "udp";
                                    /** @enum {string} */
                                    outcome: "connected" | "refused" | "timed_out" | "unreachable" | "reset" | "no_route" | "not_public" | "not_tried";
                                }[];
                                tls?: {
                                    version: string | null;
                                    cipher: string | null;
                                    names: string[];
                                    expected_name: string;
                                    not_before: string | null;
                                    not_after: string | null;
                                    days_left: number | null;
                                    chain: {
                                        subject: string;
                                        issuer: string;
                                        not_after: string;
                                    }[];
                                };
                                exchanges?: {
                                    method: string;
                                    has_credentials: boolean;
                                    status_lines: string[];
                                    duration_ms: number;
                                }[];
                            };
                            failure: {
                                code: string;
                                /** @enum {string} */
                                side: "dns" | "customer_firewall" | "pbx" | "carrier" | "trunk_settings" | "trunkline";
                                hint: string;
                                allow: {
                                    rules: number[];
                                    /** @enum {string} */
                                    protocol: "tcp" | "udp";
                                    from: string[];
                                    to: string[];
                                    to_port: number;
                                } | null;
                            } | null;
                            warning: string | null;
                        }[];
                    };
                    "application/x-ndjson": {
                        trunk_test_id: string;
                        region: string;
                        node_id: string;
                        /** @enum {string} */
                        type: "start";
                    } | {
                        /** @enum {string} */
                        stage: "dns" | "tcp" | "tls" | "options" | "digest" | "invite";
                        /** @enum {string} */
                        status: "ok" | "failed" | "skipped";
                        duration_ms: number;
                        detail: string;
                        facts: {
                            lookups?: {
                                /** @enum {string} */
                                type: "NAPTR" | "SRV" | "A" | "AAAA";
                                name: string;
                                records: string[];
                                error: string | null;
                            }[];
                            targets?: {
                                address: string;
                                port: number;
                                /** @enum {string} */
                                transport: "tcp" | "tls" | "udp";
                                /** @enum {string} */
                                outcome: "connected" | "refused" | "timed_out" | "unreachable" | "reset" | "no_route" | "not_public" | "not_tried";
                            }[];
                            tls?: {
                                version: string | null;
                                cipher: string | null;
                                names: string[];
                                expected_name: string;
                                not_before: string | null;
                                not_after: string | null;
                                days_left: number | null;
                                chain: {
                                    subject: string;
                                    issuer: string;
                                    not_after: string;
                                }[];
                            };
                            exchanges?: {
                                method: string;
                                has_credentials: boolean;
                                status_lines: string[];
                                duration_ms: number;
                            }[];
                        };
                        failure: {
                            code: string;
                            /** @enum {string} */
                            side: "dns" | "customer_firewall" | "pbx" | "carrier" | "trunk_settings" | "trunkline";
                            hint: string;
                            allow: {
                                rules: number[];
                                /** @enum {string} */
                                protocol: "tcp" | "udp";
                                from: string[];
                                to: string[];
                                to_port: number;
                            } | null;
                        } | null;
                        warning: string | null;
                        /** @enum {string} */
                        type: "stage";
                    } | {
                        /** @enum {string} */
                        verdict: "passed" | "failed" | "incomplete";
                        /** @enum {string|null} */
                        failed_stage: "dns" | "tcp" | "tls" | "options" | "digest" | "invite" | null;
                        /** @enum {string} */
                        type: "end";
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with the same `Idempotency-Key` is being worked on. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tests at once; `Retry-After` says when to try again. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    host_label: string;
                    region: string;
                    /** @default default */
                    api_key_name?: string;
                    concurrency_limit?: number | null;
                    /** @default false */
                    operates_nodes?: boolean;
                };
            };
        };
        responses: {
            /** @description Made, with its first API key */
            201: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspace_id: string;
                        api_key: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The host label is taken. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    concurrency_limit?: number | null;
                };
            };
        };
        responses: {
            /** @description The workspace as it stands now */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspace_id: string;
                        name: string;
                        host_label: string;
                        region: string;
                        concurrency_limit: number | null;
                        routing_revision: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is no such workspace. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJoinToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    region: string;
                    /** @default 3600 */
                    ttl_secs?: number;
                };
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        join_token: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Per name what stands, what is wanted, and why it is not done */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            name: string;
                            regions: string[];
                            /** @enum {string} */
                            outcome: "unknown" | "in_place" | "written" | "unconfirmed" | "conflict" | "throttled" | "unreachable" | "refused" | "not_ours" | "no_ready_node" | "guarded" | "region_unseen" | "just_away";
                            code: string | null;
                            /** Format: date-time */
                            since: string | null;
                            /** Format: date-time */
                            looked_at: string | null;
                            standing: {
                                addresses: string[];
                                targets: string[];
                            };
                            wanted: {
                                addresses: string[];
                                targets: string[];
                            };
                            left: string[];
                        }[];
                        nodes: {
                            node_id: string;
                            region: string;
                            fqdn: string | null;
                            address: string;
                            /** @enum {string} */
                            state: "ready" | "draining" | "away";
                            /** Format: date-time */
                            since: string;
                        }[];
                        unseen_regions: string[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The deployment has no DNS reconciler. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readMasterKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows by key. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sealing_key_id: string;
                        held_key_ids: string[];
                        rows: {
                            key_id: string;
                            kind: string;
                            rows: number;
                            is_held: boolean;
                        }[];
                        retirable_key_ids: string[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resealSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    cursor?: string | null;
                };
            };
        };
        responses: {
            /** @description One step is done. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        resealed: number;
                        unopened: number;
                        cursor: string | null;
                    };
                };
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNodeAsOperator: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node_id: string;
                        name: string;
                        region: string;
                        public_address: string;
                        /** @enum {string} */
                        status: "syncing" | "ready" | "draining" | "unlinked" | "revoked";
                        active_calls: number | null;
                        routing_version: number | null;
                        enrolled_at: string;
                        seen_at: string | null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeNode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its identity is good for nothing any more. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node_id: string;
                        region: string;
                        region_key_id: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is no such node. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAddressRanges: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every range, removed ones last */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number;
                        ranges: {
                            range_id: string;
                            prefix: string;
                            region: string;
                            geo: {
                                country: string;
                                /** @default null */
                                subdivision?: string | null;
                                /** @default null */
                                city?: string | null;
                            };
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            direction: ("ingress" | "egress")[];
                            /** @enum {string} */
                            form: "brought_block" | "provider_block" | "provider_addresses";
                            holder: string;
                            asn: number | null;
                            /** @enum {string} */
                            state: "pending" | "active" | "deprecated" | "removed";
                            announced_version: number;
                            changed_version: number;
                            /** Format: date-time */
                            announced_at: string;
                            /** Format: date-time */
                            active_from: string;
                            /** Format: date-time */
                            remove_after: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proposeAddressRanges: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    ranges: {
                        prefix: string;
                        region: string;
                        geo: {
                            country: string;
                            /** @default null */
                            subdivision?: string | null;
                            /** @default null */
                            city?: string | null;
                        };
                        services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                        /**
                         * @default [
                         *       "ingress",
                         *       "egress"
                         *     ]
                         */
                        direction?: ("ingress" | "egress")[];
                        /** @enum {string} */
                        form: "brought_block" | "provider_block" | "provider_addresses";
                        holder: string;
                        /** @default null */
                        asn?: number | null;
                    }[];
                    /**
                     * @default scheduled
                     * @enum {string}
                     */
                    notice?: "scheduled" | "initial" | "emergency";
                    /** Format: date-time */
                    active_from?: string;
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description What has changed, and the version that says so */
            201: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number;
                        published_version: number | null;
                        ranges: {
                            range_id: string;
                            prefix: string;
                            region: string;
                            geo: {
                                country: string;
                                /** @default null */
                                subdivision?: string | null;
                                /** @default null */
                                city?: string | null;
                            };
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            direction: ("ingress" | "egress")[];
                            /** @enum {string} */
                            form: "brought_block" | "provider_block" | "provider_addresses";
                            holder: string;
                            asn: number | null;
                            /** @enum {string} */
                            state: "pending" | "active" | "deprecated" | "removed";
                            announced_version: number;
                            changed_version: number;
                            /** Format: date-time */
                            announced_at: string;
                            /** Format: date-time */
                            active_from: string;
                            /** Format: date-time */
                            remove_after: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The block does not allow it now; `code` and `hint` say what would pass. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activateAddressRange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                range_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default scheduled
                     * @enum {string}
                     */
                    notice?: "scheduled" | "emergency";
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description What has changed, and the version that says so */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number;
                        published_version: number | null;
                        ranges: {
                            range_id: string;
                            prefix: string;
                            region: string;
                            geo: {
                                country: string;
                                /** @default null */
                                subdivision?: string | null;
                                /** @default null */
                                city?: string | null;
                            };
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            direction: ("ingress" | "egress")[];
                            /** @enum {string} */
                            form: "brought_block" | "provider_block" | "provider_addresses";
                            holder: string;
                            asn: number | null;
                            /** @enum {string} */
                            state: "pending" | "active" | "deprecated" | "removed";
                            announced_version: number;
                            changed_version: number;
                            /** Format: date-time */
                            announced_at: string;
                            /** Format: date-time */
                            active_from: string;
                            /** Format: date-time */
                            remove_after: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is no such range. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The block does not allow it now; `code` and `hint` say what would pass. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deprecateAddressRange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                range_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default scheduled
                     * @enum {string}
                     */
                    notice?: "scheduled" | "emergency";
                    reason?: string;
                    /** Format: date-time */
                    remove_after?: string;
                };
            };
        };
        responses: {
            /** @description What has changed, and the version that says so */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number;
                        published_version: number | null;
                        ranges: {
                            range_id: string;
                            prefix: string;
                            region: string;
                            geo: {
                                country: string;
                                /** @default null */
                                subdivision?: string | null;
                                /** @default null */
                                city?: string | null;
                            };
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            direction: ("ingress" | "egress")[];
                            /** @enum {string} */
                            form: "brought_block" | "provider_block" | "provider_addresses";
                            holder: string;
                            asn: number | null;
                            /** @enum {string} */
                            state: "pending" | "active" | "deprecated" | "removed";
                            announced_version: number;
                            changed_version: number;
                            /** Format: date-time */
                            announced_at: string;
                            /** Format: date-time */
                            active_from: string;
                            /** Format: date-time */
                            remove_after: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is no such range. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The block does not allow it now; `code` and `hint` say what would pass. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAddressRange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                range_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default scheduled
                     * @enum {string}
                     */
                    notice?: "scheduled" | "emergency";
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description What has changed, and the version that says so */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number;
                        published_version: number | null;
                        ranges: {
                            range_id: string;
                            prefix: string;
                            region: string;
                            geo: {
                                country: string;
                                /** @default null */
                                subdivision?: string | null;
                                /** @default null */
                                city?: string | null;
                            };
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            direction: ("ingress" | "egress")[];
                            /** @enum {string} */
                            form: "brought_block" | "provider_block" | "provider_addresses";
                            holder: string;
                            asn: number | null;
                            /** @enum {string} */
                            state: "pending" | "active" | "deprecated" | "removed";
                            announced_version: number;
                            changed_version: number;
                            /** Format: date-time */
                            announced_at: string;
                            /** Format: date-time */
                            active_from: string;
                            /** Format: date-time */
                            remove_after: string | null;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is no such range. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The block does not allow it now; `code` and `hint` say what would pass. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFeedSubscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who has fetched which version, the longest behind first */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number | null;
                        data: {
                            /** @enum {string} */
                            kind: "api_key" | "user_agent";
                            name: string;
                            version: number;
                            behind: number;
                            path: string;
                            fetches: number;
                            /** Format: date-time */
                            first_at: string;
                            /** Format: date-time */
                            last_at: string;
                        }[];
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNetworkReaders: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Which of the workspace's keys have fetched which version. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        version: number | null;
                        data: {
                            api_key_id: string;
                            api_key_name: string;
                            version: number;
                            behind: number;
                            path: string;
                            fetches: number;
                            /** Format: date-time */
                            first_at: string;
                            /** Format: date-time */
                            last_at: string;
                        }[];
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, revoked ones too. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            api_key_id: string;
                            workspace_id: string;
                            name: string;
                            member: string | null;
                            last4: string;
                            scopes: string[];
                            allowed_cidrs: string[] | null;
                            /** @enum {string} */
                            status: "active" | "expired" | "revoked";
                            created_at: string;
                            expires_at: string | null;
                            revoked_at: string | null;
                            last_used_at: string | null;
                            rotated_from: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    member?: string | null;
                    scopes: (("numbers:read" | "numbers:write" | "trunks:read" | "trunks:write" | "agents:read" | "agents:write" | "calls:read" | "calls:create" | "calls:control" | "calls:delete" | "sip:read" | "recordings:read" | "settings:read" | "settings:write" | "webhooks:read" | "webhooks:write" | "nodes:read" | "nodes:admin" | "usage:read" | "audit:read" | "keys:admin") | "*")[];
                    allowed_cidrs?: string[] | null;
                    /** Format: date-time */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Made; the key is shown here and never again. */
            201: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_key_id: string;
                        workspace_id: string;
                        name: string;
                        member: string | null;
                        last4: string;
                        scopes: string[];
                        allowed_cidrs: string[] | null;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                        created_at: string;
                        expires_at: string | null;
                        revoked_at: string | null;
                        last_used_at: string | null;
                        rotated_from: string | null;
                        api_key: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOwnApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key of this request. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_key_id: string;
                        workspace_id: string;
                        name: string;
                        member: string | null;
                        last4: string;
                        scopes: string[];
                        allowed_cidrs: string[] | null;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                        created_at: string;
                        expires_at: string | null;
                        revoked_at: string | null;
                        last_used_at: string | null;
                        rotated_from: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_key_id: string;
                        workspace_id: string;
                        name: string;
                        member: string | null;
                        last4: string;
                        scopes: string[];
                        allowed_cidrs: string[] | null;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                        created_at: string;
                        expires_at: string | null;
                        revoked_at: string | null;
                        last_used_at: string | null;
                        rotated_from: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked: the next request with it is 401. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    member?: string | null;
                    scopes?: (("numbers:read" | "numbers:write" | "trunks:read" | "trunks:write" | "agents:read" | "agents:write" | "calls:read" | "calls:create" | "calls:control" | "calls:delete" | "sip:read" | "recordings:read" | "settings:read" | "settings:write" | "webhooks:read" | "webhooks:write" | "nodes:read" | "nodes:admin" | "usage:read" | "audit:read" | "keys:admin") | "*")[];
                    allowed_cidrs?: string[] | null;
                    /** Format: date-time */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description The key as it stands now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_key_id: string;
                        workspace_id: string;
                        name: string;
                        member: string | null;
                        last4: string;
                        scopes: string[];
                        allowed_cidrs: string[] | null;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                        created_at: string;
                        expires_at: string | null;
                        revoked_at: string | null;
                        last_used_at: string | null;
                        rotated_from: string | null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateApiKey: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 86400 */
                    overlap_secs?: number;
                };
            };
        };
        responses: {
            /** @description Made; the old key works until the overlap is over. */
            201: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_key_id: string;
                        workspace_id: string;
                        name: string;
                        member: string | null;
                        last4: string;
                        scopes: string[];
                        allowed_cidrs: string[] | null;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                        created_at: string;
                        expires_at: string | null;
                        revoked_at: string | null;
                        last_used_at: string | null;
                        rotated_from: string | null;
                        api_key: string;
                        previous_expires_at: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAuditLog: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
                target?: string;
                actor_id?: string;
                after?: string;
                before?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes of the workspace, newest first. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            sequence: number;
                            at: string;
                            actor: {
                                kind: string;
                                id: string | null;
                            };
                            operation: string;
                            target: string;
                            request_id: string;
                            source_address: string | null;
                            before?: unknown;
                            after?: unknown;
                            previous_hash: string;
                            hash: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyAuditLog: {
        parameters: {
            query?: {
                sequence?: number;
                hash?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether no entry was altered, removed or put in. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        valid: boolean;
                        entries: number;
                        head: {
                            sequence: number;
                            hash: string;
                        } | null;
                        broken: {
                            sequence: number;
                            /** @enum {string} */
                            reason: "altered" | "unlinked" | "missing" | "not_as_kept";
                        } | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPlatformAuditLog: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
                target?: string;
                actor_id?: string;
                after?: string;
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What operators have changed of no workspace, newest first. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            id: string;
                            sequence: number;
                            at: string;
                            actor: {
                                kind: string;
                                id: string | null;
                            };
                            operation: string;
                            target: string;
                            request_id: string;
                            source_address: string | null;
                            before?: unknown;
                            after?: unknown;
                            previous_hash: string;
                            hash: string;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyPlatformAuditLog: {
        parameters: {
            query?: {
                sequence?: number;
                hash?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether no entry was altered, removed or put in. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        valid: boolean;
                        entries: number;
                        head: {
                            sequence: number;
                            hash: string;
                        } | null;
                        broken: {
                            sequence: number;
                            /** @enum {string} */
                            reason: "altered" | "unlinked" | "missing" | "not_as_kept";
                        } | null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Calls by day and direction. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        from: string;
                        to: string;
                        data: {
                            calls: number;
                            answered_calls: number;
                            call_secs: number;
                            date: string;
                            /** @enum {string} */
                            direction: "inbound" | "outbound";
                        }[];
                        total: {
                            calls: number;
                            answered_calls: number;
                            call_secs: number;
                        };
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLimits: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the workspace and this key may use. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        concurrency_limit: number | null;
                        active_calls: number;
                        calls_per_second: number | null;
                        requests: {
                            limit: number;
                            window_secs: number;
                            remaining: number | null;
                            reset_secs: number | null;
                        };
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWorkspaces: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key's own. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            workspace_id: string;
                            name: string;
                            host_label: string;
                            region: string;
                            sip_host: string;
                            concurrency_limit: number | null;
                            operates_nodes: boolean;
                            created_at: string;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWorkspace: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                workspace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspace_id: string;
                        name: string;
                        host_label: string;
                        region: string;
                        sip_host: string;
                        concurrency_limit: number | null;
                        operates_nodes: boolean;
                        created_at: string;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nodes and their load. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            node_id: string;
                            name: string;
                            region: string;
                            public_address: string;
                            /** @enum {string} */
                            status: "syncing" | "ready" | "draining" | "unlinked" | "revoked";
                            active_calls: number | null;
                            routing_version: number | null;
                            enrolled_at: string;
                            seen_at: string | null;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNode: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node_id: string;
                        name: string;
                        region: string;
                        public_address: string;
                        /** @enum {string} */
                        status: "syncing" | "ready" | "draining" | "unlinked" | "revoked";
                        active_calls: number | null;
                        routing_version: number | null;
                        enrolled_at: string;
                        seen_at: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drainNode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node says that it takes no new calls. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node_id: string;
                        /** @enum {string} */
                        status: "draining";
                        active_calls: number;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRegions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Regions, their nodes and load. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            region: string;
                            nodes: {
                                ready: number;
                                syncing: number;
                                draining: number;
                                unlinked: number;
                            };
                            active_calls: number;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listNodesAsOperator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nodes and their load. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            node_id: string;
                            name: string;
                            region: string;
                            public_address: string;
                            /** @enum {string} */
                            status: "syncing" | "ready" | "draining" | "unlinked" | "revoked";
                            active_calls: number | null;
                            routing_version: number | null;
                            enrolled_at: string;
                            seen_at: string | null;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drainNodeAsOperator: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                node_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node says that it takes no new calls. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        node_id: string;
                        /** @enum {string} */
                        status: "draining";
                        active_calls: number;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRegionsAsOperator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Regions, their nodes and load. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            region: string;
                            nodes: {
                                ready: number;
                                syncing: number;
                                draining: number;
                                unlinked: number;
                            };
                            active_calls: number;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No operator token, or another one. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["NotAllowed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhookEndpoints: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            webhook_endpoint_id: string;
                            name: string;
                            url: string;
                            /** @enum {string} */
                            signature_style: "standard" | "elevenlabs";
                            /** @enum {string} */
                            egress: "edge" | "static";
                            event_types: string[] | null;
                            is_disabled: boolean;
                            /** @enum {string|null} */
                            disabled_reason: "gone" | "failing" | null;
                            previous_secret_expires_at: string | null;
                            consecutive_failures: number;
                            failing_since: string | null;
                            last_success_at: string | null;
                            created_at: string;
                        }[];
                        /** @enum {boolean} */
                        has_more: false;
                        next_cursor: null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    url: string;
                    /** @default null */
                    event_types?: ("call.ended" | "call.failed" | "call.screened" | "call.recording.ready" | "network.ranges.scheduled" | "network.ranges.changed" | "webhook_endpoint.disabled")[] | null;
                    /**
                     * @default standard
                     * @enum {string}
                     */
                    signature_style?: "standard" | "elevenlabs";
                    /**
                     * @default edge
                     * @enum {string}
                     */
                    egress?: "edge" | "static";
                };
            };
        };
        responses: {
            /** @description Made, with its secret. */
            201: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_endpoint_id: string;
                        name: string;
                        url: string;
                        /** @enum {string} */
                        signature_style: "standard" | "elevenlabs";
                        /** @enum {string} */
                        egress: "edge" | "static";
                        event_types: string[] | null;
                        is_disabled: boolean;
                        /** @enum {string|null} */
                        disabled_reason: "gone" | "failing" | null;
                        previous_secret_expires_at: string | null;
                        consecutive_failures: number;
                        failing_since: string | null;
                        last_success_at: string | null;
                        created_at: string;
                        secret: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                webhook_endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_endpoint_id: string;
                        name: string;
                        url: string;
                        /** @enum {string} */
                        signature_style: "standard" | "elevenlabs";
                        /** @enum {string} */
                        egress: "edge" | "static";
                        event_types: string[] | null;
                        is_disabled: boolean;
                        /** @enum {string|null} */
                        disabled_reason: "gone" | "failing" | null;
                        previous_secret_expires_at: string | null;
                        consecutive_failures: number;
                        failing_since: string | null;
                        last_success_at: string | null;
                        created_at: string;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                webhook_endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted, with what it had not received. */
            204: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what is to be changed: 412, and nothing is written, once it is another. */
                "if-match"?: string;
            };
            path: {
                webhook_endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    url?: string;
                    event_types?: ("call.ended" | "call.failed" | "call.screened" | "call.recording.ready" | "network.ranges.scheduled" | "network.ranges.changed" | "webhook_endpoint.disabled")[] | null;
                    is_disabled?: boolean;
                    /** @enum {string} */
                    egress?: "edge" | "static";
                };
            };
        };
        responses: {
            /** @description The endpoint as it stands now. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_endpoint_id: string;
                        name: string;
                        url: string;
                        /** @enum {string} */
                        signature_style: "standard" | "elevenlabs";
                        /** @enum {string} */
                        egress: "edge" | "static";
                        event_types: string[] | null;
                        is_disabled: boolean;
                        /** @enum {string|null} */
                        disabled_reason: "gone" | "failing" | null;
                        previous_secret_expires_at: string | null;
                        consecutive_failures: number;
                        failing_since: string | null;
                        last_success_at: string | null;
                        created_at: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookEndpointSecret: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                webhook_endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 86400 */
                    overlap_secs?: number;
                };
            };
        };
        responses: {
            /** @description Rotated; both secrets sign until the overlap is over. */
            201: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_endpoint_id: string;
                        name: string;
                        url: string;
                        /** @enum {string} */
                        signature_style: "standard" | "elevenlabs";
                        /** @enum {string} */
                        egress: "edge" | "static";
                        event_types: string[] | null;
                        is_disabled: boolean;
                        /** @enum {string|null} */
                        disabled_reason: "gone" | "failing" | null;
                        previous_secret_expires_at: string | null;
                        consecutive_failures: number;
                        failing_since: string | null;
                        last_success_at: string | null;
                        created_at: string;
                        secret: string;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhookEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_endpoint_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default call.ended
                     * @enum {string}
                     */
                    type?: "call.ended" | "call.failed" | "call.screened" | "call.recording.ready" | "network.ranges.scheduled" | "network.ranges.changed" | "webhook_endpoint.disabled";
                };
            };
        };
        responses: {
            /** @description What became of a signed sample. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        delivered: boolean;
                        status_code: number | null;
                        error: string | null;
                        latency_ms: number;
                        response_excerpt: string | null;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                page_size?: number;
                cursor?: string;
                webhook_endpoint_id?: string;
                conversation_id?: string;
                status?: "pending" | "delivered" | "failed";
                type?: "call.ended" | "call.failed" | "call.screened" | "call.recording.ready" | "network.ranges.scheduled" | "network.ranges.changed" | "webhook_endpoint.disabled";
                after?: string;
                before?: string;
            };
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            webhook_delivery_id: string;
                            webhook_endpoint_id: string;
                            type: string;
                            conversation_id: string | null;
                            sequence: number;
                            /** @enum {string} */
                            status: "pending" | "delivered" | "failed";
                            attempts: number;
                            replays: number;
                            last_status_code: number | null;
                            last_error: string | null;
                            last_attempt_at: string | null;
                            created_at: string;
                            delivered_at: string | null;
                        }[];
                        has_more: boolean;
                        next_cursor: string | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The cursor does not fit. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tag of what the client has: 304 while it is the same. */
                "if-none-match"?: string;
            };
            path: {
                webhook_delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, what is posted and what was answered. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_delivery_id: string;
                        webhook_endpoint_id: string;
                        type: string;
                        conversation_id: string | null;
                        sequence: number;
                        /** @enum {string} */
                        status: "pending" | "delivered" | "failed";
                        attempts: number;
                        replays: number;
                        last_status_code: number | null;
                        last_error: string | null;
                        last_attempt_at: string | null;
                        created_at: string;
                        delivered_at: string | null;
                        request: {
                            url: string;
                            headers: {
                                [key: string]: string;
                            };
                            body_excerpt: string;
                        };
                        response: {
                            status_code: number;
                            latency_ms: number | null;
                            body_excerpt: string | null;
                        } | null;
                    };
                };
            };
            /** @description It is what `If-None-Match` names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                "idempotency-key"?: string;
            };
            path: {
                webhook_delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pending again, under the same identifier. */
            202: {
                headers: {
                    "Idempotent-Replayed"?: "true";
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        webhook_delivery_id: string;
                        webhook_endpoint_id: string;
                        type: string;
                        conversation_id: string | null;
                        sequence: number;
                        /** @enum {string} */
                        status: "pending" | "delivered" | "failed";
                        attempts: number;
                        replays: number;
                        last_status_code: number | null;
                        last_error: string | null;
                        last_attempt_at: string | null;
                        created_at: string;
                        delivered_at: string | null;
                    };
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayWebhookDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    webhook_endpoint_id: string;
                    /** Format: date-time */
                    after: string;
                    /** Format: date-time */
                    before: string;
                    /** @enum {string} */
                    status?: "delivered" | "failed";
                    /** @enum {string} */
                    type?: "call.ended" | "call.failed" | "call.screened" | "call.recording.ready" | "network.ranges.scheduled" | "network.ranges.changed" | "webhook_endpoint.disabled";
                };
            };
        };
        responses: {
            /** @description Pending again, each under its identifier of before. */
            202: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        replayed: number;
                        has_more: boolean;
                    };
                };
            };
            /** @description The body is not JSON. */
            400: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No API key, or one that is wrong, revoked or expired. */
            401: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key lacks the scope, or may not be used from here. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is none that this key may see. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not as this needs it; `code` says why. */
            409: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not declared as JSON. */
            415: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is not valid. */
            422: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The key has used up its requests of this window; `Retry-After` says when to go on. */
            429: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A fault of ours, logged under the answer's `Request-Id`. */
            500: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered at the moment; `Retry-After` says when to try again. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNetworkPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The one that you have is the newest. */
            304: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Fault"];
            /** @description No static addresses are published. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    getNetworkFile: {
        parameters: {
            query?: {
                since?: string;
            };
            header?: never;
            path: {
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file; `ETag` and `Last-Modified` are honoured. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/plain": string;
                    "text/csv": string;
                    "application/atom+xml": string;
                    "application/jose": string;
                    "application/x-pem-file": string;
                };
            };
            /** @description The one that you have is the newest. */
            304: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The published block has no such file. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Fault"];
            /** @description This deployment has published no static addresses. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSignatureKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/jwk-set+json": {
                        keys: {
                            [key: string]: unknown;
                        }[];
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description The one that you have is the newest. */
            304: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Nothing is signed. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Fault"];
            /** @description This deployment has published no static addresses. */
            503: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findAddressRanges: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the list. */
            302: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    getEchoReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        region: string;
                        node_id: string;
                        /** Format: date-time */
                        started_at: string;
                        duration_ms: number;
                        ended_by: string;
                        signalling: {
                            /** @enum {string} */
                            transport: "tcp" | "tls" | "udp";
                            observed: {
                                address: string;
                                port: number;
                            };
                            invite: {
                                via: string | null;
                                contact: string | null;
                                content_length: number | null;
                                sdp: string | null;
                            };
                        };
                        media: {
                            offered: {
                                address: string;
                                port: number;
                            };
                            observed: {
                                address: string;
                                port: number;
                            } | null;
                            codec: string;
                            srtp_suite: string | null;
                            packets_sent: number;
                            packets_received: number;
                            packets_lost: number;
                            jitter_ms: number;
                            round_trip_ms: number | null;
                            rtcp_received: number;
                            is_reported_heard: boolean | null;
                            not_authentic: number;
                            wrong_source: number;
                            malformed: number;
                        } | null;
                        /** @enum {string} */
                        verdict: "passed" | "failed";
                        findings: {
                            /** @enum {string} */
                            code: "nat_seen" | "contact_private" | "sdp_private" | "alg_suspected" | "body_cut" | "media_unanswered" | "audio_not_heard" | "audio_not_authentic" | "audio_not_received" | "media_mapped" | "media_in_clear" | "rtcp_absent" | "loss_high" | "jitter_high" | "round_trip_long";
                            /** @enum {string} */
                            severity: "fault" | "warning" | "note";
                            /** @enum {string} */
                            side: "your_firewall" | "your_settings" | "network" | "trunkline";
                            detail: string;
                            hint: string;
                            rules: number[];
                        }[];
                    };
                };
            };
            /** @description No report, or it is too old. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    downloadRecording: {
        parameters: {
            query?: {
                workspace_id?: string;
                expires?: string;
                signature?: string;
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recording, left the caller and right the agent. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "audio/mpeg": string;
                    "audio/wav": string;
                };
            };
            /** @description The address is not one of ours, or its time is over. */
            403: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The recording is gone. */
            404: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    listErrors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The catalogue. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        errors: ({
                            code: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    };
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    getErrorPage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDocumentation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    "Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    postCallTranscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PostCallTranscriptionEvent"];
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    callInitiationFailure: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallInitiationFailureEvent"];
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    answeringMachineDetection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnsweringMachineDetectionEvent"];
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    networkRangesScheduled: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    type: "network.ranges.scheduled";
                    timestamp: string;
                    id: string;
                    api_version: string;
                    data: {
                        version: number;
                        /** @enum {string} */
                        notice: "initial" | "scheduled" | "emergency";
                        reason: string | null;
                        feed_url: string;
                        changes: {
                            range_id: string;
                            /** @enum {string} */
                            disposition: "announce" | "activate" | "deprecate" | "remove" | "withdraw";
                            prefix: string;
                            region: string;
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            effective_at: string;
                        }[];
                    };
                };
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    networkRangesChanged: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    type: "network.ranges.changed";
                    timestamp: string;
                    id: string;
                    api_version: string;
                    data: {
                        version: number;
                        /** @enum {string} */
                        notice: "initial" | "scheduled" | "emergency";
                        reason: string | null;
                        feed_url: string;
                        changes: {
                            range_id: string;
                            /** @enum {string} */
                            disposition: "announce" | "activate" | "deprecate" | "remove" | "withdraw";
                            prefix: string;
                            region: string;
                            services: ("sip" | "rtp" | "webhook" | "agent" | "probe")[];
                            effective_at: string;
                        }[];
                    };
                };
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    webhookEndpointDisabled: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    type: "webhook_endpoint.disabled";
                    timestamp: string;
                    id: string;
                    api_version: string;
                    data: {
                        webhook_endpoint_id: string;
                        name: string;
                        /** @enum {string} */
                        disabled_reason: "gone" | "failing";
                        disabled_at: string;
                    };
                };
            };
        };
        responses: {
            /** @description Received. Any other 2xx will do; all else is retried. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}

/** Paths whose POST makes one thing for one `Idempotency-Key`: sent twice, it is done once. */
export const KEYED_POSTS: ReadonlySet<string> = new Set([
  "/v1/convai/phone-numbers",
  "/v1/phone-numbers/import",
  "/v1/convai/agents/create",
  "/v1/convai/agents/{agent_id}/duplicate",
  "/v1/convai/tags",
  "/v1/calls/{call_id}/hangup",
  "/v1/calls/{call_id}/transfer",
  "/v1/calls/{call_id}/dtmf",
  "/v1/convai/sip-trunk/outbound-call",
  "/v1/convai/batch-calling/submit",
  "/v1/batch-calls",
  "/v1/convai/batch-calling/{batch_id}/retry",
  "/v1/workspace/webhooks",
  "/v1/trunk-tests",
  "/v1/api-keys",
  "/v1/api-keys/{api_key_id}/rotate",
  "/v1/webhook-endpoints",
  "/v1/webhook-endpoints/{webhook_endpoint_id}/rotate-secret",
  "/v1/webhook-deliveries/{webhook_delivery_id}/replay",
]);
