<?php

/* The identity provider itself. */

$o = require dirname(__DIR__) . '/config/options.php';

// NameID. Filters leave one NameID per format in the state; the one of 'NameIDFormat' below is used.
if ($o['name_id'] !== null) {
    $nameIdFilter = [
        'class' => 'saml:AttributeNameID',
        'Format' => $o['name_id_format'],
        'attribute' => 'test:nameid',
    ];
} elseif ($o['name_id_format'] === 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient') {
    $nameIdFilter = ['class' => 'saml:TransientNameID'];
} else {
    // A hash of salt, IdP, SP and user. This filter knows the persistent format only.
    $nameIdFilter = ['class' => 'saml:PersistentNameID', 'attribute' => 'test:subject'];
}

$metadata[$o['entity_id']] = [
    'host' => '__DEFAULT__',
    'auth' => 'test-users',

    // Made anew for every run, in the certdir.
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',

    'SingleSignOnServiceBinding' => $o['sso_bindings'],
    'NameIDFormat' => $o['name_id_format'],
    'attributes.NameFormat' => $o['attribute_name_format'],

    'authproc' => [
        10 => $nameIdFilter,
        // Exactly the attributes that were asked for. Must come after the NameID is made.
        // With an empty list this filter limits nothing: the SP entry covers that case.
        90 => array_merge(['class' => 'core:AttributeLimit'], array_keys($o['attributes'])),
    ],
];
