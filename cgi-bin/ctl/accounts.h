/**
 * accounts.h: almonerctl's commands about accounts: first-admin, add-user.
 */
#ifndef ALMONER_CTL_ACCOUNTS_H
#define ALMONER_CTL_ACCOUNTS_H

/** ctl_first_admin(argc, argv): when there is no user yet, make a tenant with its admin from
 * ADMIN_EMAIL and ADMIN_PASSWORD; what is not preset is made up and printed, once. Exit status. */
int ctl_first_admin(int argc, char **argv);

/** ctl_add_user(argc, argv): --tenant UUID --email ADDRESS --role ROLE [--name NAME] [--username
 * NAME]; the password comes from USER_PASSWORD or is made up and printed. Exit status. */
int ctl_add_user(int argc, char **argv);

#endif
