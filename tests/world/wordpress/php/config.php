<?php
// The wp-config.php of every site. site.json is read anew for each request, so that a test can
// change the behaviour of a running site.

define('NEWSREEL', json_decode(file_get_contents(getenv('NEWSREEL_SITE')), true, 16, JSON_THROW_ON_ERROR));

define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . NEWSREEL['socket']);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

define('WP_HOME', NEWSREEL['url']);
define('WP_SITEURL', NEWSREEL['url']);
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain http
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
define('WPMU_PLUGIN_DIR', __DIR__ . '/mu-plugins');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', "key of the tests: $name");
    define($name . '_SALT', "salt of the tests: $name");
}

require_once ABSPATH . 'wp-settings.php';
